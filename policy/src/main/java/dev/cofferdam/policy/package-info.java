/**
 * The API {@code cofferdam.dev/v1alpha1}: its types, from which the CRD is generated, their
 * validation, and {@link dev.cofferdam.policy.Placement}.
 */
@NullMarked
package dev.cofferdam.policy;

import org.jspecify.annotations.NullMarked;
