package io.millrace.verticles.testing;

import java.util.ArrayList;
import java.util.List;

/** Asks a node on this machine with {@code curl}. */
public final class Curl {
    private final int port;

    public Curl(int port) {
        this.port = port;
    }

    /** What a {@code GET} answers; fails where that is no success. */
    public String body(String path, String... more) throws Exception {
        return ExternalProgram.run(command(path, List.of(more)))
                .assertSucceeded()
                .output();
    }

    /** What a {@code POST} of JSON answers; fails where that is no success. */
    public String posted(String path, String json, String... more) throws Exception {
        return ExternalProgram.run(post(path, json, List.of(more)))
                .assertSucceeded()
                .output();
    }

    /** As {@link #posted}, but curl is killed after so many server-sent events. */
    public String postedUntil(int events, String path, String json) throws Exception {
        return ExternalProgram.run(post(path, json, List.of()), events).output();
    }

    /** The status of an answer, of whatever kind. */
    public int status(String path, List<String> more) throws Exception {
        List<String> command = List.of("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url(path));
        return Integer.parseInt(
                ExternalProgram.run(with(command, more)).output().strip());
    }

    private List<String> post(String path, String json, List<String> more) {
        return command(path, with(List.of("-H", "Content-Type: application/json", "-d", json), more));
    }

    private List<String> command(String path, List<String> more) {
        return with(List.of("curl", "--no-buffer", "--silent", "--show-error", "--fail", url(path)), more);
    }

    private String url(String path) {
        return "http://127.0.0.1:" + port + path;
    }

    private static List<String> with(List<String> first, List<String> more) {
        List<String> all = new ArrayList<>(first);
        all.addAll(more);
        return all;
    }
}
