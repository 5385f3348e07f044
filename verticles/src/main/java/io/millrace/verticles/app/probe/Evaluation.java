package io.millrace.verticles.app.probe;

import io.millrace.api.TokenizerSpec;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelProbe;
import io.millrace.engine.ModelProbe.Probed;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.text.Tokenizer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Compares models on a text, the first of them being the reference of all. One is loaded at a time: for its speed as it
 * is served, then for its logits.
 */
public final class Evaluation {
    /** Tokens of the text in one step. */
    public static final int STEP_TOKENS = 64;

    private static final int PROMPT_TOKENS = 32;
    /** The first steps are slower: caches are cold and pages are touched for the first time. */
    private static final int WARM_STEPS = 8;

    private static final int TIMED_STEPS = 48;

    private final String text;
    private final int mostTokens;
    private final Loader loader;
    private final ModelProbe probe;

    /** Loads a model as it is served. */
    @FunctionalInterface
    public interface Loader {
        LoadedModel load(LoadOptions options) throws IOException;
    }

    /** @param options whose {@code contextTokens} is the window of text that predictions see at most */
    public record Subject(String name, LoadOptions options) {}

    /** @param mostTokens of the text that are read */
    public Evaluation(String text, int mostTokens, Loader loader, ModelProbe probe) {
        this.text = text;
        this.mostTokens = mostTokens;
        this.loader = loader;
        this.probe = probe;
    }

    /** @throws IOException where a model does not load, or has another vocabulary than the first */
    public List<Evaluated> run(List<Subject> subjects) throws IOException {
        List<Evaluated> all = new ArrayList<>();
        int[] tokens = {};
        ReferenceLogits reference = null;
        // What the runtime keeps for itself from its first model on is no part of that model.
        loader.load(subjects.getFirst().options()).close();
        try {
            for (Subject subject : subjects) {
                Speed speed = speed(subject);
                if (reference == null) {
                    tokens = tokens(speed.tokenizer());
                    reference = new ReferenceLogits(speed.tokenizer().tokens().size());
                } else if (!Arrays.equals(tokens, tokens(speed.tokenizer()))) {
                    throw new IOException(subject.name() + " reads the text in other tokens than "
                            + subjects.getFirst().name() + ": their predictions cannot be compared");
                }
                all.add(score(subject, speed, tokens, reference, all.isEmpty()));
            }
            return all;
        } finally {
            if (reference != null) {
                reference.close();
            }
        }
    }

    private record Speed(TokenizerSpec tokenizer, ResidentMemory memory, double tokensPerSecond) {}

    private Speed speed(Subject subject) throws IOException {
        ResidentMemory before = settled();
        LoadOptions options = subject.options();
        int rows = options.limits().maxBatch();
        try (LoadedModel model = loader.load(options)) {
            StepByStep steps = steps(model, options);
            int[] prompt = new int[PROMPT_TOKENS];
            Arrays.setAll(prompt, i -> i % model.manifest().vocabulary());
            int[] last = steps.prompts(rows, prompt);
            long[] nanos = new long[TIMED_STEPS];
            for (int i = -WARM_STEPS; i < TIMED_STEPS; i++) {
                long start = System.nanoTime();
                last = steps.decode(PROMPT_TOKENS + WARM_STEPS + i, last);
                if (i >= 0) {
                    nanos[i] = System.nanoTime() - start;
                }
            }
            Arrays.sort(nanos);
            double rate = rows * 1e9 / nanos[TIMED_STEPS / 2];
            return new Speed(model.tokenizer(), settled().since(before), rate);
        }
    }

    /** Without the garbage of loading and of what ran before, of which there is now more and now less. */
    private ResidentMemory settled() throws IOException {
        System.gc();
        probe.releaseMemory();
        return ResidentMemory.now();
    }

    private int[] tokens(TokenizerSpec spec) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.of(spec)) {
            int[] all = tokenizer.withBos(tokenizer.encode(text, false));
            if (all.length < 2) {
                throw new IOException("the text has " + all.length + " tokens; there is nothing to predict");
            }
            return Arrays.copyOf(all, Math.min(all.length, mostTokens));
        }
    }

    private Evaluated score(Subject subject, Speed speed, int[] tokens, ReferenceLogits reference, boolean first)
            throws IOException {
        TextScore score = new TextScore();
        LoadOptions options = subject.options();
        int window = options.limits().contextTokens();
        int[] at = new int[1];
        Probed probed = probe.scored(options, (position, logits) -> {
            int place = at[0] + position;
            // The last token of a window predicts the first of the next, as any other does.
            note(score, place, logits, tokens, reference, first);
        });
        try (LoadedModel model = probed.model()) {
            StepByStep steps = steps(model, options);
            for (; at[0] < tokens.length; at[0] += window) {
                int end = Math.min(at[0] + window, tokens.length);
                for (int from = at[0]; from < end; from += STEP_TOKENS) {
                    steps.feed(from - at[0], Arrays.copyOfRange(tokens, from, Math.min(from + STEP_TOKENS, end)));
                }
            }
        }
        return new Evaluated(
                subject.name(),
                score.perplexity(),
                score.agreement(),
                score.meanDivergence(),
                score.positions(),
                probed.weightBytes(),
                speed.memory().own(),
                speed.memory().mapped(),
                speed.tokensPerSecond());
    }

    private static void note(
            TextScore score, int place, FloatBuffer logits, int[] tokens, ReferenceLogits reference, boolean first) {
        if (first) {
            reference.put(place, logits);
        }
        if (place + 1 < tokens.length) {
            score.predicts(logits, tokens[place + 1]);
        }
        score.compare(reference.get(place), logits);
    }

    private static StepByStep steps(LoadedModel model, LoadOptions options) {
        return new StepByStep(
                model, options.limits().blockTokens(), options.limits().contextTokens());
    }
}
