/**
 * A model's stages on other machines. The head has the first stage and the scheduler; to it a {@link
 * io.millrace.verticles.peer.stage.RemoteStage} is a stage like any other, and a {@link
 * io.millrace.verticles.peer.stage.StageServiceVerticle} on the other machine computes its steps. One gRPC stream joins the two;
 * both sides show a certificate of one authority.
 *
 * <p>Steps and hidden states pass through here, no sequence and no text. What the loss of a stage means for streams is decided by
 * {@code app}.
 */
package io.millrace.verticles.peer.stage;
