/** What needs KVM, in the lab's virtual machine, whose processor has it: {@code dev/test kvm}. */
@NullMarked
package dev.cofferdam.kvm;

import org.jspecify.annotations.NullMarked;
