package io.millrace.ort;

import io.millrace.api.TokenizerSpec;
import io.millrace.engine.ModelConverter;
import io.millrace.model.converted.ModelConversion;
import io.millrace.model.graph.WeightPrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Converts models as they were published to what the CPU's runner maps. */
public final class CpuConverter implements ModelConverter {
    @Override
    public List<String> precisions() {
        return Arrays.stream(WeightPrecision.values())
                .filter(precision -> precision != WeightPrecision.AUTO)
                .map(WeightPrecision::label)
                .toList();
    }

    @Override
    public TokenizerSpec tokenizer(Path model) throws IOException {
        return ModelConversion.tokenizer(model);
    }

    @Override
    public long convert(Order order) throws IOException {
        WeightPrecision precision = WeightPrecision.named(order.precision())
                .filter(named -> named != WeightPrecision.AUTO)
                .orElseThrow(() -> new IOException(refusal(order.precision())));
        return ModelConversion.convert(order.model(), precision, order.shards(), order.out());
    }

    private String refusal(String precision) {
        return "no quantization \"" + precision + "\"; there are " + String.join(", ", precisions());
    }
}
