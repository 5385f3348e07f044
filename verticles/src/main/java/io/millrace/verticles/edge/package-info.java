/**
 * An edge and its center: two tiers in two clusters. The edge runs a light model, keeps what a policy says it may, and
 * hands the rest to the center as token ids, over the gRPC streams of {@code peer}.
 *
 * <p>Which tier gets a request is decided by {@code io.millrace.cluster.tier}; here is what that takes: the link, the
 * tokens held back until the light model has been heard, and the edge going on where the center is lost. Text, clients and
 * replay stay at the edge.
 */
package io.millrace.verticles.edge;
