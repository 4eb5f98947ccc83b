package dev.cofferdam.shim.install.service;

import dev.cofferdam.shim.install.host.Program;
import dev.cofferdam.shim.install.host.Program.Outcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * For a machine without systemd: a program of the administrator's, called with what is to be done,
 * as {@code start VERSION}, {@code stop VERSION}, {@code running VERSION}, {@code enable VERSION},
 * {@code disable VERSION}, {@code last-words VERSION} or {@code restart-kubelet}. {@code start}
 * runs {@code /opt/cofferdam/VERSION/bin/cofferdam shim --take-over} in the background.
 */
public final class ServiceProgram implements Services {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private final Path program;

  public ServiceProgram(Path program) {
    this.program = program;
  }

  @Override
  public String name() {
    return program.toString();
  }

  @Override
  public Map<String, String> files() {
    return Map.of();
  }

  @Override
  public void reload() {}

  @Override
  public void enable(String version) throws InterruptedException {
    run("enable", version).orThrow();
  }

  @Override
  public void disable(String version) throws InterruptedException {
    run("disable", version).orThrow();
  }

  @Override
  public void start(String version) throws InterruptedException {
    run("start", version).orThrow();
  }

  @Override
  public void stop(String version) throws InterruptedException {
    run("stop", version).orThrow();
  }

  @Override
  public boolean running(String version) throws InterruptedException {
    return run("running", version).ok();
  }

  @Override
  public String lastWords(String version) throws InterruptedException {
    return run("last-words", version).output();
  }

  @Override
  public void restartKubelet() throws InterruptedException {
    run("restart-kubelet").orThrow();
  }

  @Override
  public Optional<String> kubeletKeepsEnding() {
    return Optional.empty();
  }

  private Outcome run(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    return Program.run(TIMEOUT, command);
  }
}
