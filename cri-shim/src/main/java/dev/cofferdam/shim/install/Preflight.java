package dev.cofferdam.shim.install;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.kubelet.EndpointSearch;
import dev.cofferdam.shim.install.kubelet.Kubelet;
import dev.cofferdam.shim.install.payload.Payload;
import dev.cofferdam.shim.install.payload.Versions;
import dev.cofferdam.shim.install.record.EndpointChange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Whether this node is one that we can install on. Changes nothing. */
final class Preflight {
  private static final long SPARE_BYTES = 64L << 20;
  private static final String SHELL = "/bin/sh";

  /**
   * What was found.
   *
   * @param endpoint the change that kubelet needs
   * @param containerd its socket
   */
  record Findings(EndpointChange endpoint, Path containerd) {}

  private final Machine machine;

  Preflight(Machine machine) {
    this.machine = machine;
  }

  /**
   * Looks at everything.
   *
   * @throws SandboxException with what stands against it, and what can be done
   */
  Findings run(Payload payload) throws IOException {
    HostFiles files = machine.files();
    if (!System.getProperty("os.arch").equals("amd64")) {
      throw refused(
          "its processor is " + System.getProperty("os.arch") + ", and runsc is for amd64");
    }
    if (!files.exists(SHELL)) {
      throw refused("it has no " + SHELL + ", by which runsc and the monitors get their streams");
    }
    if (files.exists(Versions.CURRENT)) {
      throw refused(
          Versions.CURRENT
              + " is there, but no record of an installation: somebody else put it there");
    }
    Kubelet kubelet = Kubelet.find(machine.processes());
    EndpointChange endpoint = new EndpointSearch(files, Places.ENDPOINT).of(kubelet);
    Path containerd = Path.of(EndpointSearch.socket(endpoint));
    if (containerd.toString().startsWith(Places.RUN)) {
      throw refused(
          "kubelet uses %s already, and there is no record of an installation"
              .formatted(endpoint.before()));
    }
    String runtime =
        machine.runtimes().version(files.at(containerd.toString()), machine.timeouts().call());
    if (!runtime.startsWith("containerd ")
        || runtime.startsWith("containerd 1.")
        || runtime.startsWith("containerd v1.")) {
      throw refused(
          "kubelet's runtime is " + runtime + ", and the shim stands before containerd 2");
    }
    requireSpace(files, payload);
    requireReady();
    machine.say(
        "preflight: %s beneath; kubelet's endpoint is set in %s; %s starts services"
            .formatted(runtime, endpoint.file(), machine.services().name()));
    return new Findings(endpoint, containerd);
  }

  private static void requireSpace(HostFiles files, Payload payload) throws IOException {
    long needed = payload.bytes() + SPARE_BYTES;
    long free = files.free(Versions.FOLDER);
    if (free < needed && !files.exists(Versions.folder(payload.version()))) {
      throw new SandboxException(
          ErrorCode.RESOURCE_EXHAUSTED,
          "%s needs %d MB and there are %d".formatted(Versions.FOLDER, needed >> 20, free >> 20));
    }
  }

  private void requireReady() {
    try {
      Optional<String> notReady = machine.health().notReady(Instant.EPOCH);
      if (notReady.isPresent()) {
        throw refused("the node is not ready as it is: " + notReady.get());
      }
    } catch (IOException e) {
      throw refused("whether the node is ready can't be asked: " + e.getMessage());
    }
  }

  private static SandboxException refused(String why) {
    return new SandboxException(ErrorCode.UNSUPPORTED, "cannot install on this node: " + why);
  }
}
