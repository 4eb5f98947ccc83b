@NullMarked
package dev.cofferdam.shim.network;

import org.jspecify.annotations.NullMarked;
