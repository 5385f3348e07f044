package io.millrace.text;

import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.util.Optional;

/** A template's own refusal of a chat: Hugging Face's {@code raise_exception(message)}. */
final class TemplateRaised extends RuntimeException {
    static final String FUNCTION = "raise_exception";
    private static final long serialVersionUID = 1;
    private static final int MAX_MESSAGE = 200;

    private TemplateRaised(String message) {
        super(message, null, false, false);
    }

    /** What the template said, where that is why it failed. */
    static Optional<String> messageIn(Throwable failure) {
        return BoundedRender.causes(failure)
                .filter(TemplateRaised.class::isInstance)
                .map(Throwable::getMessage)
                .map(m -> m.length() <= MAX_MESSAGE ? m : m.substring(0, MAX_MESSAGE))
                .findFirst();
    }

    static ELFunctionDefinition function() {
        return new ELFunctionDefinition("", FUNCTION, TemplateRaised.class, "raise", String.class);
    }

    public static String raise(String message) {
        throw new TemplateRaised(message);
    }
}
