@NullMarked
package dev.cofferdam.shim.install.kubelet;

import org.jspecify.annotations.NullMarked;
