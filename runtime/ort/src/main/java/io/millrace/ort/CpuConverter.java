package io.millrace.ort;

import io.millrace.engine.ModelConverter;
import io.millrace.model.converted.ModelConversion;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Converts GGUF files to what the CPU's runner maps. */
public final class CpuConverter implements ModelConverter {
    @Override
    public List<String> precisions() {
        return Arrays.stream(WeightPrecision.values())
                .filter(precision -> precision != WeightPrecision.AUTO)
                .map(WeightPrecision::label)
                .toList();
    }

    @Override
    public long convert(Order order) throws IOException {
        WeightPrecision precision = WeightPrecision.named(order.precision())
                .filter(named -> named != WeightPrecision.AUTO)
                .orElseThrow(() -> new IOException(
                        "no quantization \"" + order.precision() + "\"; there are " + String.join(", ", precisions())));
        return ModelConversion.convert(order.model(), precision, order.shards(), order.out());
    }
}
