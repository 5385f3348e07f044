package io.millrace.ort;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.millrace.model.onnx.ElementType;
import io.millrace.ort.capi.NativeTensor;
import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.SharedWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** The external data of a graph of ours, mapped by us in the place of ONNX Runtime, so that its sessions share it. */
final class MappedWeights {
    private static final Map<Integer, ElementType> TYPES =
            Arrays.stream(ElementType.values()).collect(Collectors.toMap(ElementType::onnx, type -> type));

    private final Path folder;
    private final Arena arena;
    private final Map<String, MemorySegment> files = new HashMap<>();
    private final Map<String, NativeTensor> tensors = new HashMap<>();

    private MappedWeights(Path folder, Arena arena) {
        this.folder = folder;
        this.arena = arena;
    }

    /**
     * @param graph a serialized ModelProto, of which it is known that its external data is where it says
     * @param arena that the mapping lives as long as
     */
    static SharedWeights of(byte[] graph, Path folder, Arena arena) throws IOException {
        MappedWeights weights = new MappedWeights(folder, arena);
        for (TensorProto tensor : ModelProto.parseFrom(graph).getGraph().getInitializerList()) {
            if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
                weights.add(tensor);
            }
        }
        return new SharedWeights(weights.tensors);
    }

    private void add(TensorProto tensor) throws IOException {
        Map<String, String> place = tensor.getExternalDataList().stream()
                .collect(Collectors.toMap(StringStringEntryProto::getKey, StringStringEntryProto::getValue));
        MemorySegment data = file(place.get("location"))
                .asSlice(Long.parseLong(place.get("offset")), Long.parseLong(place.get("length")));
        long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
        tensors.put(tensor.getName(), NativeTensor.over(data, OrtMemory.HOST, TYPES.get(tensor.getDataType()), shape));
    }

    private MemorySegment file(String name) throws IOException {
        MemorySegment known = files.get(name);
        if (known != null) {
            return known;
        }
        try (FileChannel channel = FileChannel.open(folder.resolve(name))) {
            MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            files.put(name, mapped);
            return mapped;
        }
    }
}
