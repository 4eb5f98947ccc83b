/**
 * A real one-node Kubernetes in namespaces of its own, for {@code dev/up} and for the tests alike.
 */
@NullMarked
package dev.cofferdam.lab;

import org.jspecify.annotations.NullMarked;
