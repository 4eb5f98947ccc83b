/**
 * What containers and pods use, under the names that cAdvisor gave these numbers, which dashboards
 * and alerts ask for: as CRI's metrics calls have them, and as Prometheus reads them. A number that
 * the wall does not tell is left out; none is guessed.
 */
@NullMarked
package dev.cofferdam.shim.cadvisor;

import org.jspecify.annotations.NullMarked;
