package dev.cofferdam.bench;

/**
 * Somebody who runs pods.
 *
 * @param name as in a table's head
 * @param cri where
 * @param handler the runtime handler; blank: the default one
 */
record Side(String name, CriConnection cri, String handler) {}
