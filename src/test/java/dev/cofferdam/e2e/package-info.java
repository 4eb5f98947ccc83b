/** What a user sees, on a real one-node cluster: each class is one promise. */
@NullMarked
package dev.cofferdam.e2e;

import org.jspecify.annotations.NullMarked;
