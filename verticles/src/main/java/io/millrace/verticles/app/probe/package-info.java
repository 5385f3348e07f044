/**
 * Measures a model rather than serves it: how near it comes to another one, and where its time goes.
 *
 * <p>Models are run step by step through the engine's stages, with no scheduler and no streams between. What comes out are
 * values and tables; the commands of the package above print them.
 */
package io.millrace.verticles.app.probe;
