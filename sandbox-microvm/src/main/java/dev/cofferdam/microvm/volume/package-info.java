/**
 * Volumes of microVMs: which folders and files of the host a guest mounts, and the file service
 * that serves them.
 */
@NullMarked
package dev.cofferdam.microvm.volume;

import org.jspecify.annotations.NullMarked;
