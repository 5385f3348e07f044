package io.millrace.ort.capi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.List;

/**
 * A {@link CustomOperator} as onnxruntime_c_api.h's struct OrtCustomOp: its version, then pointers to functions, here
 * callbacks into Java. Those that are left null are optional, or replaced by a second version that can report errors.
 */
@SuppressWarnings("restricted") // Being called by C is what this class is for; the launcher allows it.
final class OperatorStruct {
    /** The version takes the place of a pointer, too. */
    private static final int FIELDS = 26;

    private static final int GET_NAME = 2;
    private static final int GET_EXECUTION_PROVIDER_TYPE = 3;
    private static final int GET_INPUT_TYPE = 4;
    private static final int GET_INPUT_TYPE_COUNT = 5;
    private static final int GET_OUTPUT_TYPE = 6;
    private static final int GET_OUTPUT_TYPE_COUNT = 7;
    private static final int KERNEL_DESTROY = 9;
    private static final int GET_INPUT_CHARACTERISTIC = 10;
    private static final int GET_OUTPUT_CHARACTERISTIC = 11;
    private static final int GET_INPUT_MEMORY_TYPE = 12;
    private static final int CREATE_KERNEL_V2 = 17;
    private static final int KERNEL_COMPUTE_V2 = 18;
    private static final int GET_START_VERSION = 20;
    private static final int GET_END_VERSION = 21;

    // OrtCustomOpInputOutputCharacteristic
    private static final int REQUIRED = 0;
    private static final int OPTIONAL = 1;

    // OrtMemType
    private static final int CPU_INPUT = -2;
    private static final int DEFAULT = 0;

    private static final int OPSET = 1;

    private final Arena arena;
    private final MemorySegment struct;
    private final List<CustomOperator.Port> inputs;
    private final List<CustomOperator.Port> outputs;
    private final MemorySegment name;
    private final MemorySegment provider;

    /** @param arena that must outlive the session */
    OperatorStruct(CustomOperator operator, Thrown thrown, Arena arena) {
        this.arena = arena;
        inputs = operator.inputs();
        outputs = operator.outputs();
        name = arena.allocateFrom(operator.name());
        provider = arena.allocateFrom(operator.provider());
        struct = arena.allocate(ADDRESS, FIELDS);
        struct.set(JAVA_INT, 0, OrtLibrary.API_VERSION);
        describe();
        OperatorKernels kernels = new OperatorKernels(operator, thrown);
        FunctionDescriptor create = FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        callback(CREATE_KERNEL_V2, kernels, "create", create);
        callback(KERNEL_COMPUTE_V2, kernels, "compute", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
        callback(KERNEL_DESTROY, kernels, "destroy", FunctionDescriptor.ofVoid(ADDRESS));
    }

    private void describe() {
        FunctionDescriptor text = FunctionDescriptor.of(ADDRESS, ADDRESS);
        FunctionDescriptor count = FunctionDescriptor.of(JAVA_LONG, ADDRESS);
        FunctionDescriptor number = FunctionDescriptor.of(JAVA_INT, ADDRESS);
        FunctionDescriptor ofPort = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG);
        callback(GET_NAME, this, "name", text);
        callback(GET_EXECUTION_PROVIDER_TYPE, this, "provider", text);
        callback(GET_INPUT_TYPE, this, "inputType", ofPort);
        callback(GET_INPUT_TYPE_COUNT, this, "inputCount", count);
        callback(GET_OUTPUT_TYPE, this, "outputType", ofPort);
        callback(GET_OUTPUT_TYPE_COUNT, this, "outputCount", count);
        callback(GET_INPUT_CHARACTERISTIC, this, "inputCharacteristic", ofPort);
        callback(GET_OUTPUT_CHARACTERISTIC, this, "outputCharacteristic", ofPort);
        callback(GET_INPUT_MEMORY_TYPE, this, "inputMemory", ofPort);
        callback(GET_START_VERSION, this, "startVersion", number);
        callback(GET_END_VERSION, this, "endVersion", number);
    }

    MemorySegment segment() {
        return struct;
    }

    private void callback(int field, Object owner, String method, FunctionDescriptor type) {
        try {
            MethodHandle handle = MethodHandles.lookup().bind(owner, method, type.toMethodType());
            struct.setAtIndex(ValueLayout.ADDRESS, field, Linker.nativeLinker().upcallStub(handle, type, arena));
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    MemorySegment name(MemorySegment op) {
        return name;
    }

    MemorySegment provider(MemorySegment op) {
        return provider;
    }

    long inputCount(MemorySegment op) {
        return inputs.size();
    }

    long outputCount(MemorySegment op) {
        return outputs.size();
    }

    int inputType(MemorySegment op, long i) {
        return inputs.get((int) i).type().onnx();
    }

    int outputType(MemorySegment op, long i) {
        return outputs.get((int) i).type().onnx();
    }

    int inputCharacteristic(MemorySegment op, long i) {
        return inputs.get((int) i).optional() ? OPTIONAL : REQUIRED;
    }

    int outputCharacteristic(MemorySegment op, long i) {
        return outputs.get((int) i).optional() ? OPTIONAL : REQUIRED;
    }

    int inputMemory(MemorySegment op, long i) {
        return inputs.get((int) i).cpuMemory() ? CPU_INPUT : DEFAULT;
    }

    int startVersion(MemorySegment op) {
        return OPSET;
    }

    int endVersion(MemorySegment op) {
        return OPSET;
    }
}
