/**
 * Containers' standard streams: named pipes or a terminal for each, pumped by one thread into log
 * files in CRI's format, each byte once, whatever happens to this process; and attached to by
 * clients. {@code docs/design/logs.md} says how.
 */
@NullMarked
package dev.cofferdam.shim.log;

import org.jspecify.annotations.NullMarked;
