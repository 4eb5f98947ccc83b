/**
 * The shim's log: one record a line to stderr, as text or as JSON, with the pod and container that
 * it is about as fields of their own. Found by slf4j as its provider.
 */
@NullMarked
package dev.cofferdam.shim.logging;

import org.jspecify.annotations.NullMarked;
