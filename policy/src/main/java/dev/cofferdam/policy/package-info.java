@NullMarked
package dev.cofferdam.policy;

import org.jspecify.annotations.NullMarked;
