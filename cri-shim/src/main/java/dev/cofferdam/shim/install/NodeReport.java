package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.kubelet.EndpointSearch;
import dev.cofferdam.shim.install.kubelet.Kubelet;
import dev.cofferdam.shim.install.payload.Versions;
import dev.cofferdam.shim.install.record.NodeRecord;
import dev.cofferdam.shim.install.record.NodeRecord.Begun;
import dev.cofferdam.shim.install.record.NodeRecord.Installed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the installation on a node stands.
 *
 * @param installed version on record; blank: none
 * @param serves whether a shim answers on the socket
 * @param kubeletUsesShim whether the file that kubelet reads says so
 * @param versions each folder that is there, and whether something runs from it
 * @param unfinished an operation that was cut off; blank: none
 * @param problems what isn't as it should be, in sentences
 */
public record NodeReport(
    String installed,
    boolean serves,
    boolean kubeletUsesShim,
    List<Version> versions,
    String unfinished,
    List<String> problems) {

  /** One version's folder. */
  public record Version(String name, boolean current, boolean inUse) {}

  /** Looks, and changes nothing. */
  public static NodeReport of(Machine machine) throws IOException {
    NodeRecord record = machine.record().read();
    Versions versions = machine.versions();
    Optional<String> current = versions.current();
    List<Version> there = new ArrayList<>();
    for (String name : versions.all()) {
      there.add(new Version(name, current.equals(Optional.of(name)), versions.inUse(name)));
    }
    Optional<String> silent = new Waiting(machine).silent();
    List<String> problems = new ArrayList<>();
    boolean used = false;
    try {
      String set =
          new EndpointSearch(machine.files(), Places.ENDPOINT)
              .of(Kubelet.find(machine.processes()))
              .before();
      used = set.equals(Places.ENDPOINT);
    } catch (SandboxException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    if (record.installed().isPresent()) {
      silent.ifPresent(why -> problems.add("the shim does not answer: " + why));
      if (!used) {
        problems.add("kubelet's endpoint is not the shim: `cofferdam node install` sets it again");
      }
    }
    record
        .begun()
        .ifPresent(b -> problems.add(b.operation() + " was cut off: call the installer again"));
    return new NodeReport(
        record.installed().map(Installed::version).orElse(""),
        silent.isEmpty(),
        used,
        List.copyOf(there),
        record.begun().map(Begun::operation).orElse(""),
        List.copyOf(problems));
  }
}
