/** Images as containerd keeps them: what they say about processes, and which layers they have. */
@NullMarked
package dev.cofferdam.shim.image;

import org.jspecify.annotations.NullMarked;
