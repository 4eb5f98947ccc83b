@NullMarked
package dev.cofferdam.operator;

import org.jspecify.annotations.NullMarked;
