/** What is put on a node: a folder for each version, with the hash of every file in it. */
@NullMarked
package dev.cofferdam.shim.install.payload;

import org.jspecify.annotations.NullMarked;
