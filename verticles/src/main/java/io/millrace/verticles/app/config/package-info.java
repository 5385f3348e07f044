/**
 * The node's configuration: one immutable tree, read from file, environment and flags, checked once at start.
 *
 * <p>Nothing here starts, opens or listens; nothing reads a setting after start but from {@link
 * io.millrace.verticles.app.config.NodeConfig}.
 */
package io.millrace.verticles.app.config;
