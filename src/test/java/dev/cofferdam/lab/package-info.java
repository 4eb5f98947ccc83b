/** The lab's own tests. */
@NullMarked
package dev.cofferdam.lab;

import org.jspecify.annotations.NullMarked;
