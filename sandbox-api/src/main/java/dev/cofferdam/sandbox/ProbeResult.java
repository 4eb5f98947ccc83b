package dev.cofferdam.sandbox;

import java.time.Duration;

/**
 * What a probe found.
 *
 * @param works whether a sandbox ran and proved to be what it should be
 * @param detail the evidence if it works (such as the kernel's own version line), else the reason
 * @param version of the program behind the backend; blank where unknown
 * @param took from start to the end of the probe
 */
public record ProbeResult(boolean works, String detail, String version, Duration took) {}
