package io.millrace.ort.capi;

import static io.millrace.ort.capi.OrtFunction.checked;
import static io.millrace.ort.capi.OrtFunction.plain;

import io.millrace.ort.capi.OrtFunction.MakeStatus;
import io.millrace.ort.capi.OrtFunction.P;
import io.millrace.ort.capi.OrtFunction.PI;
import io.millrace.ort.capi.OrtFunction.PIIIP;
import io.millrace.ort.capi.OrtFunction.PLP;
import io.millrace.ort.capi.OrtFunction.PLPLP;
import io.millrace.ort.capi.OrtFunction.PP;
import io.millrace.ort.capi.OrtFunction.PPLLP;
import io.millrace.ort.capi.OrtFunction.PPLPLIP;
import io.millrace.ort.capi.OrtFunction.PPLPP;
import io.millrace.ort.capi.OrtFunction.PPLPPP;
import io.millrace.ort.capi.OrtFunction.PPP;
import io.millrace.ort.capi.OrtFunction.PPPL;
import io.millrace.ort.capi.OrtFunction.PPPP;
import io.millrace.ort.capi.OrtFunction.Release;
import io.millrace.ort.capi.OrtFunction.StatusCode;
import io.millrace.ort.capi.OrtFunction.StatusMessage;

/**
 * The functions in use of struct OrtApi, by their position in it. It only ever grows at its end, so a position stays
 * right in later versions. Binding them takes a tenth of a second, which who uses the Java API alone is spared.
 */
final class OrtApi {
    static final MakeStatus CREATE_STATUS = plain(0, MakeStatus.class);
    static final StatusCode GET_ERROR_CODE = plain(1, StatusCode.class);
    static final StatusMessage GET_ERROR_MESSAGE = plain(2, StatusMessage.class);
    static final Release RELEASE_STATUS = plain(93, Release.class);

    static final PPLPP CREATE_SESSION_FROM_ARRAY = checked(8, PPLPP.class);
    static final PPLPPP CREATE_SESSION_WITH_PACKED_WEIGHTS = checked(169, PPLPPP.class);
    static final Release RELEASE_SESSION = plain(95, Release.class);

    static final P CREATE_SESSION_OPTIONS = checked(10, P.class);
    static final PP ENABLE_PROFILING = checked(14, PP.class);
    static final P DISABLE_MEM_PATTERN = checked(17, P.class);
    static final PI SET_INTRA_OP_NUM_THREADS = checked(24, PI.class);
    static final PP ADD_CUSTOM_OP_DOMAIN = checked(28, PP.class);
    static final PPP ADD_SESSION_CONFIG_ENTRY = checked(130, PPP.class);
    static final PPP ADD_INITIALIZER = checked(150, PPP.class);
    static final Release RELEASE_SESSION_OPTIONS = plain(100, Release.class);

    static final P CREATE_PACKED_WEIGHTS = checked(166, P.class);
    static final Release RELEASE_PACKED_WEIGHTS = plain(167, Release.class);

    static final PP CREATE_CUSTOM_OP_DOMAIN = checked(26, PP.class);
    static final PP CUSTOM_OP_DOMAIN_ADD = checked(27, PP.class);
    static final Release RELEASE_CUSTOM_OP_DOMAIN = plain(101, Release.class);

    static final P CREATE_RUN_OPTIONS = checked(39, P.class);
    static final PPP ADD_RUN_CONFIG_ENTRY = checked(165, PPP.class);
    static final Release RELEASE_RUN_OPTIONS = plain(97, Release.class);

    static final PIIIP CREATE_MEMORY_INFO = checked(68, PIIIP.class);
    static final Release RELEASE_MEMORY_INFO = plain(94, Release.class);
    static final PPLPLIP CREATE_TENSOR_WITH_DATA = checked(49, PPLPLIP.class);
    static final PP GET_TENSOR_MUTABLE_DATA = checked(51, PP.class);
    static final PPPP GET_TENSOR_TYPE_AND_SHAPE_REFERENCE = checked(414, PPPP.class);
    static final Release RELEASE_VALUE = plain(96, Release.class);

    static final PPP RUN_WITH_BINDING = checked(133, PPP.class);
    static final PP CREATE_IO_BINDING = checked(134, PP.class);
    static final Release RELEASE_IO_BINDING = plain(135, Release.class);
    static final PPP BIND_INPUT = checked(136, PPP.class);
    static final PPP BIND_OUTPUT = checked(137, PPP.class);

    static final PPP GET_FLOAT_ATTRIBUTE = checked(85, PPP.class);
    static final PPP GET_INT64_ATTRIBUTE = checked(86, PPP.class);
    static final PLP GET_KERNEL_INPUT = checked(90, PLP.class);
    static final PLPLP GET_KERNEL_OUTPUT = checked(91, PLPLP.class);
    static final PP GET_KERNEL_STREAM = checked(193, PP.class);
    static final PPLLP KERNEL_PARALLEL_FOR = checked(274, PPLLP.class);

    static final PP APPEND_CUDA = checked(204, PP.class);
    static final P CREATE_CUDA_OPTIONS = checked(205, P.class);
    static final PPPL UPDATE_CUDA_OPTIONS = checked(206, PPPL.class);
    static final Release RELEASE_CUDA_OPTIONS = plain(208, Release.class);
    static final PPP UPDATE_CUDA_OPTION_WITH_VALUE = checked(263, PPP.class);

    private OrtApi() {}
}
