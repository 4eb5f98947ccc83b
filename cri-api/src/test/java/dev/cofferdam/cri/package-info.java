@NullMarked
package dev.cofferdam.cri;

import org.jspecify.annotations.NullMarked;
