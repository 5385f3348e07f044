/**
 * Many replicas as one: those of this process ({@code LocalReplicas}), and nodes as a cluster, by membership of clustered
 * Vert.x, hints by its JGroups channel, token streams from node to node by gRPC ({@code peer}). In both a sequence goes on
 * elsewhere where its replica is lost ({@code RoutedSequence}).
 *
 * <p>Everything between nodes is encrypted and both sides show a certificate of the cluster's own authority. What is
 * shared are hints that may be old or lost; no lock and no map of the cluster decides anything. Which replica a request goes
 * to is decided by {@code io.millrace.cluster}; text, clients and replay stay on the node that the client came to.
 */
package io.millrace.verticles.cluster;
