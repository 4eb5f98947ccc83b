/**
 * Between the API server and the index of all nodes: watches feed it, and what has changed is acted
 * on: policies are looked at again, and nodes get and lose labels.
 */
@NullMarked
package dev.cofferdam.operator.watch;

import org.jspecify.annotations.NullMarked;
