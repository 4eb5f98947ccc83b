/**
 * The Linux calls that Java lacks, by the foreign-function API: no JNI, no library of our own. All
 * failures are {@link dev.cofferdam.linux.LinuxException}s, which carry the {@link
 * dev.cofferdam.linux.Errno}.
 */
@NullMarked
package dev.cofferdam.linux;

import org.jspecify.annotations.NullMarked;
