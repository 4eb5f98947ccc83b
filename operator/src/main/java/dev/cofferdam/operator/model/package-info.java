/** What should be, as pure functions: no client, no clock, no input or output. */
@NullMarked
package dev.cofferdam.operator.model;

import org.jspecify.annotations.NullMarked;
