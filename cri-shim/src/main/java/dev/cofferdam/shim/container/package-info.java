/**
 * The calls of CRI about containers, one class each, and the decisions that make a container out of
 * an image and what kubelet asks for.
 */
@NullMarked
package dev.cofferdam.shim.container;

import org.jspecify.annotations.NullMarked;
