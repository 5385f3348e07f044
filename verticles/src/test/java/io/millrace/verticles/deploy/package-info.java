/** Holds what lies in {@code deploy} and {@code loadtest} against nodes, by the programs that operators run: nothing of the server. */
package io.millrace.verticles.deploy;
