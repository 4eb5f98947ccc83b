@NullMarked
package dev.cofferdam.shim.handler;

import org.jspecify.annotations.NullMarked;
