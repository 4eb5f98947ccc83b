@NullMarked
package dev.cofferdam.shim.install.service;

import org.jspecify.annotations.NullMarked;
