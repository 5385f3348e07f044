/**
 * What Linux is asked for past the JDK: which cores and whose memory threads use, and memory that the allocator holds.
 *
 * <p>No model and no session is known here.
 */
package io.millrace.ort.linux;
