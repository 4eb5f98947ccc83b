package dev.cofferdam.lab;

/** Cofferdam's CRI shim. */
final class Shim {
  static final String SOCKET = "/run/cofferdam/cri.sock";

  private Shim() {}
}
