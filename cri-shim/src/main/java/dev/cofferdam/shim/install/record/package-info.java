/** What the installer writes down before it acts, so that whatever was begun can be undone. */
@NullMarked
package dev.cofferdam.shim.install.record;

import org.jspecify.annotations.NullMarked;
