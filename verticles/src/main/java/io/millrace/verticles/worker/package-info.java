/**
 * The threads that run the model: one worker verticle per stage, each with two threads of its own that nobody else
 * uses: one begins steps, the other awaits them.
 *
 * <p>Only plans, hidden states and results pass through here; no sequence, no text, no socket.
 */
package io.millrace.verticles.worker;
