@NullMarked
package dev.cofferdam.shim.kube;

import org.jspecify.annotations.NullMarked;
