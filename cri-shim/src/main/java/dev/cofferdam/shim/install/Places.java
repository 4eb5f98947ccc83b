package dev.cofferdam.shim.install;

/** Where an installed shim has its things: the defaults of its settings. */
final class Places {
  static final String SOCKET = "/run/cofferdam/cri.sock";
  static final String ENDPOINT = "unix://" + SOCKET;

  /** Made anew by each shim that starts to serve, as the last thing. */
  static final String CONTROL = "/run/cofferdam/control.sock";

  static final String KEEPER = "/run/cofferdam/keeper.sock";
  static final String RUN = "/run/cofferdam";

  /** In it a lock: who has that may check the node. */
  static final String CHECKS = RUN + "/check";

  static final String STATE = "/var/lib/cofferdam";
  static final String ETC = "/etc/cofferdam";
  static final String CONFIG = ETC + "/config.properties";

  /** The first token; those after it lie in the state folder. */
  static final String TOKEN = ETC + "/token";

  static final String KUBECONFIG = ETC + "/kubeconfig";

  private Places() {}
}
