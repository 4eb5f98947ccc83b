/** Which system calls a container may make: seccomp profiles, by CRI's three types. */
@NullMarked
package dev.cofferdam.shim.seccomp;

import org.jspecify.annotations.NullMarked;
