/**
 * Many made-up nodes and policies on the lab's real API server and operator: how soon a change is
 * seen, and what the operator writes for it. {@link dev.cofferdam.scale.Crowd} runs inside the lab.
 */
@NullMarked
package dev.cofferdam.scale;

import org.jspecify.annotations.NullMarked;
