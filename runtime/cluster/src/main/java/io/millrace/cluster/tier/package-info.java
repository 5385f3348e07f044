/**
 * Which requests an edge keeps and which it hands to its center: policies over what is asked and how sure the light model
 * is, and what they are calibrated by.
 *
 * <p>Pure and deterministic. That the center is gone or full is not decided here: it is met.
 */
package io.millrace.cluster.tier;
