package io.millrace.verticles.stream;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.stream.ServedModel.EncodedPrompt;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestReplica;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Generations that another node began and did not end. The prompt has three tokens, so the output is 3, 4, 5, ... */
class ContinuationTest {
    private TestReplica replica;

    @BeforeEach
    void start() {
        replica = new TestReplica(Limits.DEFAULTS, new CountingStage(CountingStage.UNLIMITED));
    }

    @AfterEach
    void stop() {
        replica.close();
    }

    @Test
    void aStreamGoesOnAfterTheTokensThatItsClientHas() {
        Reader reader = new Reader(replica).generate(request(7, List.of(3, 4, 5)));
        TokenEvent.Finished end = finish(reader);
        assertEquals(FinishReason.LENGTH, end.reason());
        assertEquals("6 7 8 9 ", reader.text());
        assertEquals(8, end.number());
        assertEquals(7, end.usage().completionTokens(), "of the whole output");
        assertEquals(3, end.usage().promptTokens());
        assertEquals(3, ((TokenEvent.Accepted) reader.events().getFirst()).promptTokens());
        assertEquals(4, ((TokenEvent.Token) reader.events().get(1)).number());
    }

    @Test
    void itCanBeResumedAfterWhatItBeganWithAndNotBefore() {
        Reader first = new Reader(replica).generate(request(7, List.of(3, 4, 5)));
        finish(first);
        String handle = first.awaitHandle();
        Reader again = new Reader(replica).resume(handle, 3);
        finish(again);
        assertEquals("6 7 8 9 ", again.text());
        Reader tooEarly = new Reader(replica).resume(handle, 2);
        assertEquals(ErrorCode.REPLAY_GONE, refusal(tooEarly));
    }

    @Test
    void aStreamOfWhichOnlyTheEndIsMissingGetsItWithoutAStep() {
        Reader full = new Reader(replica).generate(request(3, List.of(3, 4, 5)));
        assertEquals(FinishReason.LENGTH, finish(full).reason());
        assertEquals(4, finish(full).number());
        Reader stopped = new Reader(replica).generate(request(9, List.of(3, 4, 5), "5"));
        assertEquals(FinishReason.STOP, finish(stopped).reason());
        eventually("both have settled", () -> replica.streams.awaited() == 0);
        assertEquals(0, replica.meters.get("millrace.step.tokens").summary().count());
    }

    @Test
    void theFullContextIsSuchAnEnd() {
        SequenceSpec spec = assertInstanceOf(EncodedPrompt.Encoded.class, encoded(request(0, List.of(7, 8, 9)), 5))
                .spec();
        assertEquals(3, spec.maxTokens());
        assertArrayEquals(new int[] {1, 2, 3, 7, 8, 9}, spec.tokens());
    }

    @Test
    void outputThatCannotHaveBeenIsRefusedWithItsField() {
        assertEquals("generated has 4 tokens; max_tokens is 3", refused(request(3, List.of(1, 2, 3, 4)), 100));
        assertEquals(
                "generated has 4 tokens; the context holds 3 after the prompt",
                refused(request(0, List.of(1, 2, 3, 4)), 5));
        assertEquals("generated[1] is 10; token ids are from 0 to 9", refused(request(0, List.of(9, 10)), 100));
    }

    private static Request request(int maxTokens, List<Integer> generated, String... stop) {
        return new Request(
                "", new Prompt.Text("xxx"), SamplingParams.GREEDY, maxTokens, List.of(stop), false, generated);
    }

    private static EncodedPrompt encoded(Request request, int contextTokens) {
        return Continuation.encoded(request, new int[] {1, 2, 3}, contextTokens, 10);
    }

    private static String refused(Request request, int contextTokens) {
        return assertInstanceOf(EncodedPrompt.Refused.class, encoded(request, contextTokens))
                .rejection()
                .message();
    }

    private static TokenEvent.Finished finish(Reader reader) {
        return assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
    }

    private static ErrorCode refusal(Reader reader) {
        return assertInstanceOf(TokenEvent.Rejected.class, reader.awaitEnd())
                .rejection()
                .code();
    }
}
