/**
 * A stand-in for Firecracker and its jailer, which can't be had where there is no KVM: it answers
 * as a real one was recorded to answer, and has a real guest in QEMU behind it. What was not
 * recorded follows the API's description.
 */
@NullMarked
package dev.cofferdam.microvm.standin;

import org.jspecify.annotations.NullMarked;
