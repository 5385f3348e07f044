/**
 * The vocabulary every other module speaks: requests, token events, outcomes, limits and model facts.
 *
 * <p>Only immutable values live here: no I/O, no threads, no clock, no library beyond the JDK.
 */
package io.millrace.api;
