package dev.cofferdam.sandbox;

import java.time.Instant;

/**
 * How a process ended.
 *
 * @param code what it exited with, or 128 plus the signal's number
 * @param outOfMemory whether its memory limit was what ended it
 * @param at when we learnt of it
 * @param why what ended it from outside, for a person to read; blank where it ended by itself
 */
public record ExitStatus(int code, boolean outOfMemory, Instant at, String why) {

  /** A process that ended by itself. */
  public ExitStatus(int code, boolean outOfMemory, Instant at) {
    this(code, outOfMemory, at, "");
  }

  /** From the value that {@code wait4(2)} gives. */
  public static ExitStatus ofWaitStatus(int status, boolean outOfMemory, Instant at) {
    int signal = status & 0x7f;
    return new ExitStatus(signal == 0 ? (status >> 8) & 0xff : 128 + signal, outOfMemory, at);
  }
}
