/**
 * The wire protocol: {@code stream.proto}, its frames, and the translation to the vocabulary of {@code api}.
 *
 * <p>No transport lives here: bytes come in, frames go out.
 */
package io.millrace.wire;
