/** critest, the CRI's own validation suite. */
@NullMarked
package dev.cofferdam.conformance;

import org.jspecify.annotations.NullMarked;
