/**
 * What policies ask of namespaces: put together out of all of them into the objects that the
 * chart's admission policies read.
 */
@NullMarked
package dev.cofferdam.operator.enforcement;

import org.jspecify.annotations.NullMarked;
