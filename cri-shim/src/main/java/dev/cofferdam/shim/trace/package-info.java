/**
 * OpenTelemetry: spans of the calls that this shim answers, beneath those of their callers. Nobody
 * else may name a class of OpenTelemetry's, and nobody names one of these where traces are off: so
 * they cost nothing then.
 */
@NullMarked
package dev.cofferdam.shim.trace;

import org.jspecify.annotations.NullMarked;
