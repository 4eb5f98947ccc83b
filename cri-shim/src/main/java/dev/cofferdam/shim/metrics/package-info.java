/**
 * What the shim counts about itself and its pods, and where Prometheus gets it: a few numbers held
 * in memory, written out when somebody asks. No library: the text format is a page of code.
 */
@NullMarked
package dev.cofferdam.shim.metrics;

import org.jspecify.annotations.NullMarked;
