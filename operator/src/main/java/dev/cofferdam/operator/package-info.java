/**
 * Turns SandboxPolicies into RuntimeClasses: {@code model} says what should be, {@code reconcile}
 * makes it so.
 */
@NullMarked
package dev.cofferdam.operator;

import org.jspecify.annotations.NullMarked;
