package dev.cofferdam.shim.install.service;

import java.util.Map;
import java.util.Optional;

/**
 * The machine's service manager, as far as an installer needs it. Shims of several versions may
 * run: one serves, others only carry their sessions to the end. Every call may be repeated, waits
 * until it is done, and fails with {@code SandboxException}.
 */
public interface Services {
  /** Whom to name in messages, such as {@code systemd}. */
  String name();

  /** The files that define the shim's service, by path; no version is named in them. */
  Map<String, String> files();

  /** Lets the manager read its files again. */
  void reload() throws InterruptedException;

  /** From now on this version is started with the machine. */
  void enable(String version) throws InterruptedException;

  void disable(String version) throws InterruptedException;

  /**
   * Starts the shim of this version, in place of the one that serves, which hands over. Does not
   * wait until it answers.
   */
  void start(String version) throws InterruptedException;

  /** Ends the shim of this version; pods live on. */
  void stop(String version) throws InterruptedException;

  boolean running(String version) throws InterruptedException;

  /** The end of what the shim of this version logged, for a message. */
  String lastWords(String version) throws InterruptedException;

  /** Starts kubelet anew, with its configuration read again. */
  void restartKubelet() throws InterruptedException;

  /**
   * Whether kubelet, since it was restarted, ends again and again: its last words then, for a
   * message. Empty: it does not, or nobody here can tell.
   */
  Optional<String> kubeletKeepsEnding() throws InterruptedException;
}
