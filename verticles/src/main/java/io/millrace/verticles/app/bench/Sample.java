package io.millrace.verticles.app.bench;

/**
 * One answered request.
 *
 * @param atSeconds  when it was due, from the start of its round
 * @param ttftMillis from then to its first token
 * @param millis     from then to its end
 * @param tokens     generated
 */
public record Sample(double atSeconds, double ttftMillis, double millis, int tokens) {}
