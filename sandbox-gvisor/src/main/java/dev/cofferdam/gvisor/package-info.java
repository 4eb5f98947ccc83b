/**
 * The gVisor backend: drives {@code runsc} by its command line where a process has to be made and
 * by the sandbox's control socket where one only has to be asked. No process of ours stays beside a
 * sandbox.
 */
@NullMarked
package dev.cofferdam.gvisor;

import org.jspecify.annotations.NullMarked;
