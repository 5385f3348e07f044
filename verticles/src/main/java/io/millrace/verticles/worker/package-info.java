/**
 * The threads that run the model: one worker verticle per stage, each with a thread of its own that nobody else uses.
 *
 * <p>Only plans, hidden states and results pass through here; no sequence, no text, no socket.
 */
package io.millrace.verticles.worker;
