/**
 * Where model files come from, and the folder they are kept in.
 *
 * <p>Only the JDK and SnakeYAML are used here, because the build runs {@link
 * io.millrace.verticles.app.models.FetchModel} from source before any test. What a model file holds is read elsewhere.
 */
package io.millrace.verticles.app.models;
