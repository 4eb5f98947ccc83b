package dev.cofferdam.shim.install;

import dev.cofferdam.shim.install.host.FileImage;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.kubelet.EndpointFile;
import dev.cofferdam.shim.install.kubelet.Kubelet;
import dev.cofferdam.shim.install.kubelet.StaticPods;
import dev.cofferdam.shim.install.payload.Payload;
import dev.cofferdam.shim.install.payload.Versions;
import dev.cofferdam.shim.install.record.EndpointChange;
import dev.cofferdam.shim.install.record.EndpointChange.Kind;
import dev.cofferdam.shim.install.record.SavedFile;
import dev.cofferdam.shim.install.record.Undo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The changes that make up an installation, each noted before it is made. */
final class Changes {
  private final Machine machine;
  private final HostFiles files;
  private final Journal journal;
  private final Waiting waiting;

  Changes(Machine machine, Journal journal) {
    this.machine = machine;
    this.files = machine.files();
    this.journal = journal;
    this.waiting = new Waiting(machine);
  }

  /** Folders that the shim fills, as far as they are not there. */
  void folders() throws IOException {
    for (String folder : List.of(Places.STATE, Places.RUN, Places.TOKEN)) {
      if (!files.exists(folder)) {
        journal.add(new Undo.RemoveTree(folder));
      } else if (Files.isDirectory(files.at(folder)) && files.names(folder).isEmpty()) {
        journal.add(new Undo.EmptyFolder(folder));
      }
    }
    if (!files.exists(Places.ETC)) {
      journal.add(new Undo.RemoveFolder(Places.ETC));
      files.makeFolder(Places.ETC);
    }
  }

  void payload(Payload payload) throws IOException {
    if (!files.exists(Versions.folder(payload.version()))) {
      journal.add(new Undo.RemoveVersion(payload.version()));
    }
    machine.versions().put(payload);
    machine.say(
        "payload: " + Versions.folder(payload.version()) + ", every hash as in its manifest");
  }

  void current(String version) throws IOException {
    Optional<String> before = files.link(Versions.CURRENT);
    if (!before.equals(Optional.of(version))) {
      journal.add(new Undo.RestoreLink(Versions.CURRENT, before));
      files.setLink(Versions.CURRENT, version);
    }
  }

  /**
   * The shim's settings, where there is no file of them, and what it needs to reach the cluster.
   *
   * @param kubeconfig its text; empty: left as it is
   */
  void settings(Path containerd, Optional<String> kubeconfig) throws IOException {
    if (!files.exists(Places.CONFIG)) {
      write(Places.CONFIG, FirstSettings.text(containerd, machine.timeouts().patience()), 0644);
    }
    if (kubeconfig.isPresent()) {
      write(Places.KUBECONFIG, kubeconfig.get(), 0600);
    }
  }

  /** The service's files. */
  void service() throws IOException, InterruptedException {
    boolean changed = false;
    for (Map.Entry<String, String> file : machine.services().files().entrySet()) {
      if (!files.text(file.getKey()).equals(Optional.of(file.getValue()))) {
        if (!changed) {
          journal.add(new Undo.ReloadServices());
          changed = true;
        }
        write(file.getKey(), file.getValue(), 0644);
      }
    }
    if (changed) {
      machine.services().reload();
    }
  }

  private void write(String path, String text, int mode) throws IOException {
    Optional<FileImage> before = files.image(path);
    FileImage plain = FileImage.of(text, System.currentTimeMillis());
    FileImage image =
        new FileImage(plain.content(), mode, plain.uid(), plain.gid(), plain.modifiedMillis());
    if (before.map(FileImage::digest).equals(Optional.of(image.digest()))) {
      return;
    }
    journal.add(new Undo.RestoreFile(path, before.map(SavedFile::of), image.digest()));
    files.write(path, image);
  }

  /** The first shim of this node. */
  void start(String version) throws IOException, InterruptedException {
    journal.add(new Undo.StopShims());
    Optional<Object> before = Waiting.serving(files);
    machine.services().enable(version);
    machine.services().start(version);
    waiting.shim(version, before);
    machine.say("shim: serves on " + Places.SOCKET + ", beside containerd");
  }

  /** A next shim, to which the one that runs hands over. */
  void handOver(String before, String next) throws IOException, InterruptedException {
    journal.add(new Undo.ServeBy(before, next));
    files.setLink(Versions.CURRENT, next);
    machine.services().enable(next);
    machine.services().disable(before);
    if (machine.services().running(next)) {
      // It had handed over to the one that serves now, and carries its sessions to the end.
      machine.services().stop(next);
    }
    Optional<Object> serving = Waiting.serving(files);
    machine.services().start(next);
    waiting.shim(next, serving);
    machine.say("shim: version %s handed over to %s".formatted(before, next));
  }

  /**
   * One pod on containerd's default, and one behind each wall that must be there, through the
   * shim's socket.
   */
  void canaries(List<String> walls) throws InterruptedException {
    Path socket = files.at(Places.SOCKET);
    prove(socket, "", "runc");
    for (String wall : walls) {
      prove(socket, wall, wall);
    }
  }

  /** One pod from kubelet's hand, where that takes them from files; else one more of ours. */
  void kubeletCanary() throws IOException, InterruptedException {
    Path socket = files.at(Places.SOCKET);
    Optional<String> folder = StaticPods.folder(Kubelet.find(machine.processes()), files);
    if (folder.isEmpty()) {
      machine.say("canary: kubelet reads no static pods here, so it was not asked for one");
      prove(socket, "", "runc");
      return;
    }
    String manifest = folder.get() + "/" + StaticPods.CANARY + ".yaml";
    String image = machine.runtimes().sandboxImage(socket, machine.timeouts().call());
    journal.add(new Undo.RestoreFile(manifest, Optional.empty(), Undo.ANY));
    files.write(manifest, FileImage.of(StaticPods.canary(image), System.currentTimeMillis()));
    waiting.kubeletsCanary(true);
    files.remove(manifest);
    waiting.kubeletsCanary(false);
    machine.say("canary: a pod that kubelet ordered went the whole way");
  }

  private void prove(Path socket, String handler, String name) throws InterruptedException {
    machine.say(
        switch (machine.runtimes().prove(socket, handler, machine.timeouts().canary())) {
          case WHOLE_WAY -> "canary: a pod with " + name + " went the whole way";
          case ENDED_BY_KUBELET ->
              "canary: pods with %s were made, and kubelet ended each before its container ran"
                  .formatted(name);
        });
  }

  /** Points kubelet at the shim. */
  void kubelet(EndpointChange change) throws IOException, InterruptedException {
    Optional<FileImage> before = files.image(change.file());
    long now = System.currentTimeMillis();
    String text = before.map(FileImage::text).orElse("");
    String changed = EndpointFile.with(change, text, change.after());
    if (!text.equals(changed)) {
      FileImage image =
          before.isPresent() ? before.get().with(changed, now) : FileImage.of(changed, now);
      journal.add(new Undo.RestartKubelet());
      journal.add(new Undo.RestoreEndpoint(change, before.map(SavedFile::of), image.digest()));
      files.write(change.file(), image);
      Instant since = Instant.now();
      if (change.kind() == Kind.UNIT_FLAG) {
        machine.services().reload();
      }
      machine.services().restartKubelet();
      waiting.node(since);
      machine.say("kubelet: uses the shim (" + change.file() + "), its node is ready");
    }
  }
}
