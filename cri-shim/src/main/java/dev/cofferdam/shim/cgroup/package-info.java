/** The pods' cgroups on the host, versions 1 and 2, by the cgroupfs driver. */
@NullMarked
package dev.cofferdam.shim.cgroup;

import org.jspecify.annotations.NullMarked;
