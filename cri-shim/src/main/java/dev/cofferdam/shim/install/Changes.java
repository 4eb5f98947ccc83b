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
import dev.cofferdam.shim.install.record.NodeRecord.Installed;
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
   * The shim's settings, where there is no file of them or an installer's that is to be written
   * anew, and what it needs to reach the cluster.
   *
   * @param there what is installed already
   * @param noted noted where the settings change, beside the file itself
   * @return whether they have changed
   */
  boolean settings(
      Path containerd, NodeInstaller.Order order, Optional<Installed> there, Optional<Undo> noted)
      throws IOException {
    if (order.kubeconfig().isPresent()) {
      write(Places.KUBECONFIG, order.kubeconfig().get(), 0600);
    }
    Optional<FileImage> now = files.image(Places.CONFIG);
    if (now.isPresent() && order.settings().isEmpty()) {
      return false;
    }
    String text =
        FirstSettings.text(
            containerd, machine.timeouts().patience(), order.settings().orElse(Map.of()));
    if (now.map(FileImage::text).equals(Optional.of(text))) {
      return false;
    }
    if (now.isPresent() && !writtenByUs(Places.CONFIG, now.get(), there)) {
      machine.say(
          Places.CONFIG + " is somebody's own: it stays as it is, whatever settings were named");
      return false;
    }
    if (noted.isPresent()) {
      journal.add(noted.get());
    }
    write(Places.CONFIG, text, 0644);
    return true;
  }

  /** And not changed since. */
  private static boolean writtenByUs(String path, FileImage now, Optional<Installed> there) {
    return there.stream()
        .flatMap(installed -> installed.undo().stream())
        .anyMatch(
            change ->
                change instanceof Undo.RestoreFile file
                    && file.path().equals(path)
                    && file.written().equals(now.digest()));
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
    serve(version);
  }

  /**
   * The shim that is installed, anew. Not to be taken back where it should have run: pods need it.
   */
  void restart(String version) throws IOException, InterruptedException {
    machine.services().stop(version);
    serve(version);
  }

  private void serve(String version) throws IOException, InterruptedException {
    Optional<Object> before = Waiting.serving(files);
    machine.services().enable(version);
    machine.services().start(version);
    waiting.shim(version, before);
    machine.say("shim: serves on " + Places.SOCKET + ", beside containerd");
  }

  /** Before anything that the next shim is to find: where that is undone, the one before serves. */
  void noteHandOver(String before, String next) throws IOException {
    journal.add(new Undo.ServeBy(before, next));
  }

  /** A next shim, to which the one that runs hands over; {@link #noteHandOver} comes first. */
  void handOver(String before, String next) throws IOException, InterruptedException {
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
