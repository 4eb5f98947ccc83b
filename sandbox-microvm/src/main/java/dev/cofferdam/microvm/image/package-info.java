/** Read-only images of root file systems, made once from a folder and kept in a bounded cache. */
@NullMarked
package dev.cofferdam.microvm.image;

import org.jspecify.annotations.NullMarked;
