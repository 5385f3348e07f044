package io.millrace.openai;

import static io.millrace.openai.Bodies.chatWith;
import static io.millrace.openai.Bodies.refusal;
import static io.millrace.openai.Endpoint.CHAT_COMPLETIONS;
import static io.millrace.openai.Endpoint.COMPLETIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A refusal names the field as the client wrote it, and the limit. */
class RefusedBodiesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    'temperature':2.5                      | temperature          | temperature must be between 0 and 2
                    'temperature':'hot'                    | temperature          | temperature must be a number
                    'temperature':1e999                    | temperature          | temperature must be between 0 and 2
                    'top_p':0                              | top_p                | top_p must be greater than 0 and at most 1
                    'top_k':-2                             | top_k                | top_k must be between 0 and 2147483647
                    'top_k':1.5                            | top_k                | top_k must be an integer of 32 bits
                    'top_k':99999999999                    | top_k                | top_k must be an integer of 32 bits
                    'min_p':-0.1                           | min_p                | min_p must be between 0 and 1
                    'repetition_penalty':0                 | repetition_penalty   | repetition_penalty must be between 0.1 and 10
                    'presence_penalty':3                   | presence_penalty     | presence_penalty must be between -2 and 2
                    'frequency_penalty':-3                 | frequency_penalty    | frequency_penalty must be between -2 and 2
                    'seed':9223372036854775808             | seed                 | seed must be an integer of 64 bits
                    'max_tokens':0                         | max_tokens           | max_tokens must be between 1 and 2147483647
                    'max_completion_tokens':-1             | max_completion_tokens | max_completion_tokens must be between 1 and 2147483647
                    'max_tokens':1,'max_completion_tokens':2 | max_tokens         | max_tokens differs from max_completion_tokens: send one of them
                    'stop':['a',7]                         | stop[1]              | stop[1] must be a string
                    'stop':''                              | stop[0]              | stop[0] has 0 characters; it must have 1 to 256
                    'stop':{}                              | stop                 | stop must be a string
                    'model':3                              | model                | model must be a string
                    'stream':'yes'                         | stream               | stream must be true or false
                    'stream_options':[]                    | stream_options       | stream_options must be an object
                    'stream_options':{'include_usage':1}   | stream_options.include_usage | stream_options.include_usage must be true or false
                    'stream_options':{'a':1}               | stream_options.a     | stream_options.a is not a field that this server supports
                    'n':2                                  | n                    | n is supported as 1 only
                    'logprobs':true                        | logprobs             | logprobs is supported as false only
                    'tools':{}                             | tools                | tools must be an array
                    'tools':[{'type':'web_search'}]        | tools[0].type        | tools[0].type must be "function"
                    'tools':[{'type':'function'}]          | tools[0].function.name | tools[0].function.name must have 1 to 64 letters, digits, underscores or hyphens
                    'tools':[{'type':'function','function':{'name':'a b'}}] | tools[0].function.name | tools[0].function.name must have 1 to 64 letters, digits, underscores or hyphens
                    'tools':[{'type':'function','function':{'name':'a','strict':true}}] | tools[0].function.strict | tools[0].function.strict is supported as false only
                    'tools':[{'type':'function','function':{'name':'a','parameters':[]}}] | tools[0].function.parameters | tools[0].function.parameters must be an object
                    'tools':[{'type':'function','function':{'name':'a'}},{'type':'function','function':{'name':'a'}}] | tools[1].function.name | tools[1].function.name is the name of an earlier tool, too
                    'tools':[{'type':'function','function':{'name':'a'}}],'parallel_tool_calls':false | parallel_tool_calls | parallel_tool_calls is supported as true only where tools are given
                    'tool_choice':'required'               | tool_choice          | tool_choice is supported as "auto" or "none" only: no model here can be made to call
                    'tool_choice':{'type':'function','function':{'name':'a'}} | tool_choice | tool_choice is supported as "auto" or "none" only: no model here can be made to call
                    'response_format':{'type':'json_object'} | response_format    | response_format is supported as {"type":"text"} only
                    'temprature':1                         | temprature           | temprature is not a field that this server supports
                    'a b':1                                | *                    | * is not a field that this server supports
                    'model':'\\ud800'                      | model                | model has half a surrogate pair
                    """)
    void aBadFieldIsNamed(String fields, String field, String message) {
        assertEquals(Rejection.invalid(field, message), refusal(CHAT_COMPLETIONS, chatWith(fields)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {}                                             | messages
                    {'messages':'hi'}                              | messages
                    {'messages':[]}                                | messages
                    {'messages':['hi']}                            | messages[0]
                    {'messages':[{'content':'hi'}]}                | messages[0].role
                    {'messages':[{'role':'tool','content':'hi'}]}  | messages[0].tool_call_id
                    {'messages':[{'role':'user','content':'hi','tool_call_id':'c'}]}  | messages[0].tool_call_id
                    {'messages':[{'role':'user'}]}                 | messages[0].content
                    {'messages':[{'role':'user','content':7}]}     | messages[0].content
                    {'messages':[{'role':'user','content':[]}]}    | messages[0].content
                    {'messages':[{'role':'user','content':'\\ud800'}]}     | messages[0].content
                    {'messages':[{'role':'user','content':['hi']}]}        | messages[0].content[0]
                    {'messages':[{'role':'user','content':[{'type':'image_url'}]}]} | messages[0].content[0].type
                    {'messages':[{'role':'user','content':[{'type':'text'}]}]}      | messages[0].content[0].text
                    {'messages':[{'role':'assistant','content':'','tool_calls':[{}]}]} | messages[0].tool_calls[0].function.name
                    {'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'a','arguments':'['}}]}]} | messages[0].tool_calls[0].function.arguments
                    {'messages':[{'role':'assistant','tool_calls':[{'function':{'name':'a','arguments':{}}}]}]} | messages[0].tool_calls[0].function.arguments
                    {'messages':[{'role':'assistant','tool_calls':[{'type':'custom','function':{'name':'a'}}]}]} | messages[0].tool_calls[0].type
                    {'messages':[{'role':'user','content':'','tool_calls':[{'function':{'name':'a'}}]}]} | messages[0].tool_calls
                    """)
    void aBadMessageIsNamedWithItsIndex(String body, String field) {
        assertEquals(field, refusal(CHAT_COMPLETIONS, body).field());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {}                       | prompt
                    {'prompt':7}             | prompt
                    {'prompt':[]}            | prompt
                    {'prompt':['a','b']}     | prompt
                    {'prompt':[[]]}          | prompt
                    {'prompt':[1,-1]}        | prompt[1]
                    {'prompt':[[1,'a']]}     | prompt[0][1]
                    {'prompt':'a','echo':true}   | echo
                    {'prompt':'a','best_of':3}   | best_of
                    {'prompt':'a','logprobs':1}  | logprobs
                    {'prompt':'a','suffix':'z'}  | suffix
                    {'prompt':'a','max_completion_tokens':1} | max_completion_tokens
                    """)
    void aBadPromptIsNamed(String body, String field) {
        assertEquals(field, refusal(COMPLETIONS, body).field());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "7", "null", "[]", "{", "{} {}", "{'prompt':NaN}", "{'prompt':'Paris is", "{prompt:1}"})
    void whatIsNotOneJsonObjectIsRefusedWithoutRepeatingIt(String body) {
        Rejection rejection = refusal(COMPLETIONS, body);
        assertEquals(ErrorCode.INVALID_REQUEST, rejection.code());
        assertEquals("", rejection.field());
        assertFalse(rejection.message().contains("Paris"), rejection.message());
    }

    @Test
    void aKeyGivenTwiceIsRefusedAsOneOfThemWouldBeIgnored() {
        assertEquals(
                "the body has the key prompt twice in one object",
                refusal(COMPLETIONS, "{'prompt':'a','prompt':'b'}").message());
    }

    @ParameterizedTest
    @ValueSource(strings = {"deep", "number", "name", "tokens"})
    void whatWouldCostMoreThanItsSizeIsRefused(String what) {
        String body = switch (what) {
            case "deep" -> "{'prompt':" + "[".repeat(100_000);
            case "number" -> "{'seed':" + "9".repeat(100_000) + "}";
            case "name" -> "{'" + "n".repeat(100_000) + "':1}";
            default -> "{'prompt':[" + "1,".repeat(400_000) + "1]}";
        };
        String message = refusal(COMPLETIONS, body).message();
        assertTrue(message.startsWith("the body passes a limit of JSON: nesting of 64"), message);
    }

    @Test
    void aBodyOverTheLimitIsTooLarge() {
        byte[] body = new byte[Limits.DEFAULTS.maxFrameBytes() + 1];
        Decoded decoded = new RequestDecoder(Limits.DEFAULTS).decode(COMPLETIONS, body, 1);
        Rejection rejection = assertInstanceOf(Decoded.Refused.class, decoded).rejection();
        assertEquals(Rejection.of(ErrorCode.TOO_LARGE, "the body has 1048577 bytes; the limit is 1048576"), rejection);
    }

    @Test
    void moreStopStringsOrMessagesThanTheLimitAreCounted() {
        String stops = IntStream.range(0, 17).mapToObj(i -> "'" + i + "'").collect(Collectors.joining(","));
        assertEquals(
                "stop has 17 strings; the limit is 16",
                refusal(CHAT_COMPLETIONS, chatWith("'stop':[" + stops + "]")).message());
        String tools = "{},".repeat(128) + "{}";
        assertEquals(
                "tools has 129 elements; the limit is 128",
                refusal(CHAT_COMPLETIONS, chatWith("'tools':[" + tools + "]")).message());
        String messages = "{'role':'user','content':''},".repeat(1024) + "{'role':'user','content':''}";
        assertEquals(
                "messages has 1025 messages; it must have 1 to 1024",
                refusal(CHAT_COMPLETIONS, "{'messages':[" + messages + "]}").message());
    }
}
