@NullMarked
package dev.cofferdam.shim.cgroup;

import org.jspecify.annotations.NullMarked;
