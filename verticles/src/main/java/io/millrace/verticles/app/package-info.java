/**
 * The application: its commands, and the node that the commands start.
 *
 * <p>Only this package puts the parts together. What it prints is for people; what others may want as a value stands
 * in {@code config}, {@code models} and {@code bench}.
 */
package io.millrace.verticles.app;
