@NullMarked
package dev.cofferdam.shim.config;

import org.jspecify.annotations.NullMarked;
