/** How keys and certificates are made and kept, whoever they are for. Which there are is said by who needs them. */
package io.millrace.verticles.keys;
