package dev.cofferdam.shim.install.service;

import dev.cofferdam.shim.install.host.Program;
import dev.cofferdam.shim.install.host.Program.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * systemd, by {@code systemctl}. One template unit; its instances are versions, so that two can run
 * side by side while one hands over.
 */
public final class Systemd implements Services {
  static final String UNIT_FILE = "/etc/systemd/system/cofferdam@.service";
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final String WORDS = "15";
  private static final String KUBELET = "kubelet.service";
  private static final String KUBELET_WORDS = "12";
  private static final Set<String> ONCE_AT_MOST = Set.of("NRestarts=0", "NRestarts=1");

  /*
   * ExecCondition: an old version that is carrying its sessions to the end and dies must not be
   * started again, it would take over from the new one. KillMode and Delegate: pods' processes and
   * the keeper aren't the shim's. Before kubelet: it finds the socket when the machine starts.
   */
  private static final String UNIT =
      """
      # Written by `cofferdam node install`, removed by `cofferdam node uninstall`.
      [Unit]
      Description=Cofferdam CRI shim, version %i
      Documentation=https://cofferdam.dev
      After=network.target containerd.service
      Wants=containerd.service
      Before=kubelet.service
      StartLimitIntervalSec=0

      [Service]
      Type=exec
      ExecCondition=/bin/sh -c 'test "$(readlink /opt/cofferdam/current)" = "%i"'
      ExecStart=/opt/cofferdam/%i/bin/cofferdam shim --take-over
      Restart=on-failure
      RestartSec=1
      KillMode=process
      Delegate=yes
      OOMScoreAdjust=-999
      LimitNOFILE=1048576
      TasksMax=infinity

      [Install]
      WantedBy=multi-user.target
      """;

  @Override
  public String name() {
    return "systemd";
  }

  @Override
  public Map<String, String> files() {
    return Map.of(UNIT_FILE, UNIT);
  }

  private static String unit(String version) {
    return "cofferdam@" + version + ".service";
  }

  @Override
  public void reload() throws InterruptedException {
    systemctl("daemon-reload").orThrow();
  }

  @Override
  public void enable(String version) throws InterruptedException {
    systemctl("enable", "--quiet", unit(version)).orThrow();
  }

  @Override
  public void disable(String version) throws InterruptedException {
    systemctl("disable", "--quiet", unit(version)).orThrow();
  }

  @Override
  public void start(String version) throws InterruptedException {
    // What failed before must not count against this start.
    systemctl("reset-failed", unit(version));
    systemctl("start", unit(version)).orThrow();
  }

  @Override
  public void stop(String version) throws InterruptedException {
    systemctl("stop", unit(version)).orThrow();
    systemctl("reset-failed", unit(version));
  }

  @Override
  public boolean running(String version) throws InterruptedException {
    return systemctl("is-active", "--quiet", unit(version)).ok();
  }

  @Override
  public String lastWords(String version) throws InterruptedException {
    return words(unit(version), WORDS);
  }

  private static String words(String unit, String lines) throws InterruptedException {
    return Program.run(
            TIMEOUT, List.of("journalctl", "--no-pager", "-o", "cat", "-n", lines, "-u", unit))
        .output();
  }

  @Override
  public void restartKubelet() throws InterruptedException {
    systemctl("reset-failed", KUBELET); // which counts its restarts from zero again
    systemctl("restart", KUBELET).orThrow();
  }

  @Override
  public Optional<String> kubeletKeepsEnding() throws InterruptedException {
    Outcome ends = systemctl("show", "--property=NRestarts,ActiveState", KUBELET);
    if (!ends.ok() || !keepsEnding(ends.output())) {
      return Optional.empty();
    }
    return Optional.of(words(KUBELET, KUBELET_WORDS));
  }

  /**
   * Once may be chance. A unit that isn't restarted is failed at once.
   *
   * @param properties {@code NRestarts} and {@code ActiveState}, as {@code systemctl show} has them
   */
  static boolean keepsEnding(String properties) {
    List<String> lines = properties.lines().toList();
    return lines.contains("ActiveState=failed")
        || lines.stream()
            .filter(line -> line.startsWith("NRestarts="))
            .anyMatch(line -> !ONCE_AT_MOST.contains(line));
  }

  private static Outcome systemctl(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("systemctl", "--no-ask-password"));
    command.addAll(List.of(arguments));
    return Program.run(TIMEOUT, command);
  }
}
