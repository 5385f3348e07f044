package io.millrace.verticles.app.probe;

/**
 * One execution of a node.
 *
 * @param stage        pipeline stage, from 0
 * @param run          of the stage's session, from 0
 * @param startMicros  since the session began to load
 * @param outputBytes  that it writes; of attention the whole cache rows that it adds to
 */
record NodeTime(
        int stage,
        int run,
        Place place,
        String operator,
        String node,
        long startMicros,
        long micros,
        long outputBytes) {}
