/**
 * Which node a request goes to: policies over what nodes said of themselves, and how long such a saying counts.
 *
 * <p>Pure and deterministic: time and randomness are passed in, nothing here knows a socket, a thread or a clock. Hints
 * are never exact and never have to be: a wrong one costs some waiting, and no more.
 */
package io.millrace.cluster;
