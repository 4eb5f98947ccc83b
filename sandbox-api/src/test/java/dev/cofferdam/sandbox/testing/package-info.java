/**
 * What a backend has to do, as tests that each backend's module subclasses, and a backend without a
 * wall that passes them, for the tests of whoever uses the SPI.
 */
@NullMarked
package dev.cofferdam.sandbox.testing;

import org.jspecify.annotations.NullMarked;
