/**
 * What the life of a pod needs of the node it runs on, as interfaces: network, cgroups, mounts,
 * images, logs, streams. Main ties them to the packages that do it; tests to fakes.
 */
@NullMarked
package dev.cofferdam.shim.host;

import org.jspecify.annotations.NullMarked;
