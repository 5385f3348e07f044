package io.millrace.openai;

import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;

/** What came of a body: a call, or the reason why there is none. Never an exception. */
public sealed interface Decoded {

    /**
     * @param stream       whether the answer is to come as server-sent events
     * @param includeUsage whether a stream is to tell its token counts before it ends
     */
    record Call(Request request, boolean stream, boolean includeUsage) implements Decoded {

        /** Whether the answer may call tools. */
        public boolean offersTools() {
            return request.prompt() instanceof Prompt.Chat chat && !chat.tools().isEmpty();
        }
    }

    record Refused(Rejection rejection) implements Decoded {}
}
