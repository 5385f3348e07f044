package io.millrace.wire;

import io.millrace.wire.v1.Cancel;
import io.millrace.wire.v1.Chat;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Credit;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Message;
import io.millrace.wire.v1.Resume;
import io.millrace.wire.v1.Sampling;
import io.millrace.wire.v1.TokenIds;
import java.util.SplittableRandom;

/** Well-formed frames of every kind, a pure function of the generator's seed. */
final class RandomFrames {

    private static final String[] TEXTS = {
        "", "hello", "你好", "🦀 crab", "\"quoted\\\"", "e\u0301", "\n\t", "x".repeat(90)
    };

    private RandomFrames() {}

    static ClientFrame client(SplittableRandom random) {
        ClientFrame.Builder frame = ClientFrame.newBuilder().setChannel(random.nextInt());
        return switch (random.nextInt(5)) {
            case 0 -> frame.setCancel(Cancel.getDefaultInstance()).build();
            case 1 ->
                frame.setCredit(Credit.newBuilder().setTokens(random.nextInt())).build();
            case 2 ->
                frame.setResume(Resume.newBuilder()
                                .setHandle(text(random))
                                .setLastEvent(random.nextInt())
                                .setInitialCredit(random.nextInt()))
                        .build();
            default -> frame.setGenerate(generate(random)).build();
        };
    }

    private static Generate.Builder generate(SplittableRandom random) {
        Generate.Builder generate = Generate.newBuilder()
                .setModel(text(random))
                .setMaxTokens(random.nextInt(1000))
                .addAllGenerated(random.ints(random.nextInt(3)).boxed().toList())
                .setSampling(Sampling.newBuilder()
                        .setTemperature((float) random.nextDouble(2))
                        .setTopK(random.nextInt(100))
                        .setSeed(random.nextLong()));
        return switch (random.nextInt(3)) {
            case 0 -> generate.setText(text(random));
            case 1 ->
                generate.setTokenIds(
                        TokenIds.newBuilder().addIds(random.nextInt(50_000)).addIds(1));
            default ->
                generate.addStop("stop")
                        .setChat(Chat.newBuilder()
                                .addMessages(
                                        Message.newBuilder().setRole("user").setContent(text(random))));
        };
    }

    private static String text(SplittableRandom random) {
        return TEXTS[random.nextInt(TEXTS.length)];
    }
}
