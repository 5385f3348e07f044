package io.millrace.openai;

/** The two generating calls; they differ in how a prompt comes in and how text goes out. */
public enum Endpoint {
    CHAT_COMPLETIONS("/v1/chat/completions", "chatcmpl-"),
    COMPLETIONS("/v1/completions", "cmpl-");

    private final String path;
    private final String idPrefix;

    Endpoint(String path, String idPrefix) {
        this.path = path;
        this.idPrefix = idPrefix;
    }

    public String path() {
        return path;
    }

    String idPrefix() {
        return idPrefix;
    }
}
