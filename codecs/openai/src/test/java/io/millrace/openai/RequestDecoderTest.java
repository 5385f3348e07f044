package io.millrace.openai;

import static io.millrace.openai.Bodies.call;
import static io.millrace.openai.Bodies.chatWith;
import static io.millrace.openai.Endpoint.CHAT_COMPLETIONS;
import static io.millrace.openai.Endpoint.COMPLETIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.Tool;
import io.millrace.api.ToolCall;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestDecoderTest {

    private static final SamplingParams DEFAULTS = new SamplingParams(1, 0, 1, 0, 1, 0, 0, Bodies.DRAWN_SEED);

    @Test
    void aChatWithNothingButMessagesTakesTheDefaultsOfTheOpenAiApi() {
        Prompt hi = new Prompt.Chat(List.of(new Message("user", "hi")));
        Decoded.Call expected = new Decoded.Call(new Request("", hi, DEFAULTS, 0, List.of()), false, false);
        assertEquals(expected, call(CHAT_COMPLETIONS, "{'messages':[{'role':'user','content':'hi'}]}"));
    }

    @Test
    void aTextCompletionThatDoesNotSayHowLongHasSixteenTokens() {
        Request request = call(COMPLETIONS, "{'model':'m','prompt':'Once'}").request();
        assertEquals(new Request("m", new Prompt.Text("Once"), DEFAULTS, 16, List.of()), request);
    }

    @Test
    void everySamplingFieldArrives() {
        String fields = "'temperature':0.5,'top_k':40,'top_p':0.9,'min_p':0.05,'repetition_penalty':1.25,"
                + "'presence_penalty':-1,'frequency_penalty':2,'seed':-9223372036854775808";
        assertEquals(
                new SamplingParams(0.5f, 40, 0.9f, 0.05f, 1.25f, -1, 2, Long.MIN_VALUE),
                call(CHAT_COMPLETIONS, chatWith(fields)).request().sampling());
    }

    @Test
    void theEndTokenIsIgnoredOnRequestOnly() {
        assertFalse(call(COMPLETIONS, "{'prompt':'Once'}").request().ignoreEos());
        assertTrue(call(COMPLETIONS, "{'prompt':'Once','ignore_eos':true}")
                .request()
                .ignoreEos());
    }

    @Test
    void topKOfMinusOneKeepsAllAsInVllm() {
        assertEquals(
                0,
                call(CHAT_COMPLETIONS, chatWith("'top_k':-1"))
                        .request()
                        .sampling()
                        .topK());
    }

    @Test
    void streamOptionsArrive() {
        Decoded.Call call = call(CHAT_COMPLETIONS, chatWith("'stream':true,'stream_options':{'include_usage':true}"));
        assertEquals(List.of(true, true), List.of(call.stream(), call.includeUsage()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'max_tokens':5",
                "'max_completion_tokens':5",
                "'max_tokens':5,'max_completion_tokens':5",
                "'max_tokens':null,'max_completion_tokens':5"
            })
    void bothNamesOfMaxTokensCount(String fields) {
        assertEquals(5, call(CHAT_COMPLETIONS, chatWith(fields)).request().maxTokens());
    }

    @Test
    void stopIsAStringOrAnArray() {
        assertEquals(
                List.of("END"),
                call(CHAT_COMPLETIONS, chatWith("'stop':'END'")).request().stop());
        assertEquals(
                List.of("a", "b"),
                call(CHAT_COMPLETIONS, chatWith("'stop':['a','b']")).request().stop());
    }

    @Test
    void aDeveloperIsTheSystemAndTextPartsAreLines() {
        String body = "{'messages':[{'role':'developer','content':'Be brief.'},"
                + "{'role':'user','name':'ann','content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]},"
                + "{'role':'assistant','content':'','refusal':null,'tool_calls':null,'annotations':[]}]}";
        assertEquals(
                new Prompt.Chat(List.of(
                        new Message("system", "Be brief."), new Message("user", "a\nb"), new Message("assistant", ""))),
                call(CHAT_COMPLETIONS, body).request().prompt());
    }

    @Test
    void aPromptIsAStringOrOneInAnArrayOrTokenIds() {
        assertEquals(new Prompt.Text("x"), prompt("'x'"));
        assertEquals(new Prompt.Text("x"), prompt("['x']"));
        assertEquals(new Prompt.Tokens(new int[] {0, 49_151}), prompt("[0,49151]"));
        assertEquals(new Prompt.Tokens(new int[] {7}), prompt("[[7]]"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'user':'u','metadata':{'a':'b'},'store':true,'service_tier':'auto','parallel_tool_calls':true",
                "'n':1,'logprobs':false,'top_logprobs':0,'logit_bias':{},'tools':[],'tool_choice':'none'",
                "'response_format':{'type':'text'},'modalities':['text'],'functions':[],'function_call':'none'",
                "'audio':null,'reasoning_effort':null,'temperature':null,'seed':null,'stop':null,'stream':null"
            })
    void whatDoesNotChangeTheAnswerPasses(String fields) {
        assertEquals(call(CHAT_COMPLETIONS, chatWith("'n':null")), call(CHAT_COMPLETIONS, chatWith(fields)));
    }

    @Test
    void aRequestInALogHasNoPrompt() {
        assertFalse(call(COMPLETIONS, "{'prompt':'secret'}").toString().contains("secret"));
    }

    private static Prompt prompt(String json) {
        return call(COMPLETIONS, "{'prompt':" + json + "}").request().prompt();
    }

    @Test
    void toolsAndTheirCallsAndResultsReachThePrompt() {
        String tool =
                "{'type':'function','function':{'name':'weather','parameters':{'type':'object','x':[1,2.5,null]}}}";
        String messages = "{'role':'assistant','content':null,'tool_calls':[{'id':'c-1','type':'function','index':0,"
                + "'function':{'name':'weather','arguments':'{\\'city\\':{\\'n\\':1}}'}}]},"
                + "{'role':'tool','tool_call_id':'c-1','content':'sunny'}";
        Prompt.Chat chat =
                (Prompt.Chat) call(CHAT_COMPLETIONS, "{'messages':[" + messages + "],'tools':[" + tool + "]}")
                        .request()
                        .prompt();
        List<ToolCall> calls = List.of(new ToolCall("c-1", "weather", Map.of("city", Map.of("n", 1))));
        assertEquals(
                List.of(new Message("assistant", "", calls, ""), new Message("tool", "sunny", List.of(), "c-1")),
                chat.messages());
        assertEquals(
                "[{type=function, function={name=weather, parameters={type=object, x=[1, 2.5, null]}}}]",
                chat.tools().stream().map(Tool::definition).toList().toString());
    }

    @Test
    void withToolChoiceNoneTheModelIsToldOfNoTools() {
        String tool = "'tools':[{'type':'function','function':{'name':'weather'}}]";
        assertTrue(call(CHAT_COMPLETIONS, chatWith(tool)).offersTools());
        assertTrue(
                call(CHAT_COMPLETIONS, chatWith(tool + ",'tool_choice':'auto'")).offersTools());
        assertFalse(
                call(CHAT_COMPLETIONS, chatWith(tool + ",'tool_choice':'none'")).offersTools());
    }
}
