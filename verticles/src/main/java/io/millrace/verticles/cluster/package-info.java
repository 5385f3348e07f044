/**
 * Many nodes as one: membership by clustered Vert.x, hints by its JGroups channel, token streams from node to node by gRPC ({@code peer}).
 *
 * <p>Everything between nodes is encrypted and both sides show a certificate of the cluster's own authority. What is
 * shared are hints that may be old or lost; no lock and no map of the cluster decides anything. Which node a request goes to
 * is decided by {@code io.millrace.cluster}; text, clients and replay stay on the node that the client came to.
 */
package io.millrace.verticles.cluster;
