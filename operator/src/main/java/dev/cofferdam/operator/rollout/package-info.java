/**
 * The order in which nodes are installed, upgraded and cleared: so many at a time, and no further
 * after one that failed. What is done on a node, its DaemonSet's pod does ({@code deploy/node});
 * here pods are only given their turn, by an annotation.
 */
@NullMarked
package dev.cofferdam.operator.rollout;

import org.jspecify.annotations.NullMarked;
