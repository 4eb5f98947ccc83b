/**
 * The API type {@code SandboxEnforcement}: what the chart's admission policies read. Written by the
 * operator only.
 */
@NullMarked
package dev.cofferdam.policy.enforcement;

import org.jspecify.annotations.NullMarked;
