package dev.cofferdam.shim.install.payload;

import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.host.HostProcesses;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The versions that lie on the node, each in its folder; a link says which is to run. */
public final class Versions {
  public static final String FOLDER = "/opt/cofferdam";

  /** What the installer keeps, beside the versions. */
  public static final String RECORDS = FOLDER + "/node";

  public static final String CURRENT = FOLDER + "/current";
  private static final String UNFINISHED = ".partial";

  /**
   * It outlives shims by design, needs none of its files, and its successor is the new version's.
   */
  private static final String KEEPER = "cofferdam-keeper";

  private static final List<String> PROGRAMS = List.of("/bin", "/java/bin");

  private final HostFiles files;
  private final HostProcesses processes;

  public Versions(HostFiles files, HostProcesses processes) {
    this.files = files;
    this.processes = processes;
  }

  public static String folder(String version) {
    return FOLDER + "/" + version;
  }

  /** Those that are there in full. */
  public List<String> all() throws IOException {
    return files.names(FOLDER).stream()
        .filter(name -> files.exists(folder(name) + "/" + Payload.MANIFEST))
        .filter(name -> !name.equals("current") && !name.endsWith(UNFINISHED))
        .toList();
  }

  /** Which is to run. */
  public Optional<String> current() throws IOException {
    return files.link(CURRENT);
  }

  /**
   * Copies a payload to its place, under which it is not seen before it is there in full. What is
   * copied is compared with the manifest on its way: to read it once more would compare what the
   * kernel remembers. One that is there already is only compared.
   */
  public void put(Payload payload) throws IOException {
    String place = folder(payload.version());
    if (files.exists(place)) {
      Payload.of(files.at(place)).verify();
      return;
    }
    String unfinished = place + UNFINISHED;
    files.removeTree(unfinished);
    files.makeFolder(unfinished);
    for (String file : payload.files().keySet()) {
      payload.require(file, files.copy(payload.folder().resolve(file), unfinished + "/" + file));
    }
    files.copy(payload.folder().resolve(Payload.MANIFEST), unfinished + "/" + Payload.MANIFEST);
    files.rename(unfinished, place);
  }

  /** Removes one, or what there is of it. */
  public void remove(String version) throws IOException {
    files.removeTree(folder(version) + UNFINISHED);
    files.removeTree(folder(version));
  }

  /**
   * Whether something runs that was started from it: a sandbox, or a shim that ends its sessions.
   */
  public boolean inUse(String version) throws IOException {
    Set<Object> running = processes.programs("/" + KEEPER);
    for (String folder : PROGRAMS) {
      for (String program : files.names(folder(version) + folder)) {
        if (running.contains(
            HostProcesses.fileKey(files.at(folder(version) + folder + "/" + program)))) {
          return true;
        }
      }
    }
    return false;
  }

  /** Those that are not to run any more. */
  public List<String> old() throws IOException {
    Optional<String> current = current();
    return current.isEmpty()
        ? List.of()
        : all().stream().filter(version -> !version.equals(current.get())).toList();
  }
}
