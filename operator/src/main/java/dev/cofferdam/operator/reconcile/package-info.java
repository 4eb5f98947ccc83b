/** The I/O: reads the cluster, asks the model what should be, and does it. */
@NullMarked
package dev.cofferdam.operator.reconcile;

import org.jspecify.annotations.NullMarked;
