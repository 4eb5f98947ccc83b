package dev.cofferdam.shim.install.record;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Optional;

/**
 * One change to the node, by what takes it back. Written before the change is made: the change may
 * have happened, in part or not at all, and taking it back may be repeated.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "undo")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Undo.RestoreFile.class, name = "restore-file"),
  @JsonSubTypes.Type(value = Undo.RestoreEndpoint.class, name = "restore-endpoint"),
  @JsonSubTypes.Type(value = Undo.RestoreLink.class, name = "restore-link"),
  @JsonSubTypes.Type(value = Undo.RemoveTree.class, name = "remove-tree"),
  @JsonSubTypes.Type(value = Undo.EmptyFolder.class, name = "empty-folder"),
  @JsonSubTypes.Type(value = Undo.RemoveFolder.class, name = "remove-folder"),
  @JsonSubTypes.Type(value = Undo.RemoveVersion.class, name = "remove-version"),
  @JsonSubTypes.Type(value = Undo.ReloadServices.class, name = "reload-services"),
  @JsonSubTypes.Type(value = Undo.StopShims.class, name = "stop-shims"),
  @JsonSubTypes.Type(value = Undo.RestartShim.class, name = "restart-shim"),
  @JsonSubTypes.Type(value = Undo.ServeBy.class, name = "serve-by"),
  @JsonSubTypes.Type(value = Undo.RestartKubelet.class, name = "restart-kubelet")
})
public sealed interface Undo {
  /** In {@link RestoreFile}: whatever is there is replaced. */
  String ANY = "";

  /**
   * A file as it was.
   *
   * @param before a copy of it; none: it was not there
   * @param written SHA-256 of what is put there: another content is somebody else's, and stays;
   *     {@link #ANY}: it does not
   */
  record RestoreFile(String path, Optional<SavedFile> before, String written) implements Undo {}

  /**
   * Kubelet's file, as it was; if somebody has changed it since, only the endpoint in it.
   *
   * @param change what is to be done to it, and how it is taken back
   */
  record RestoreEndpoint(EndpointChange change, Optional<SavedFile> before, String written)
      implements Undo {}

  /** A link as it was; none: it was not there. */
  record RestoreLink(String path, Optional<String> target) implements Undo {}

  /** A folder that was not there. */
  record RemoveTree(String path) implements Undo {}

  /** A folder that was there, and nothing in it. */
  record EmptyFolder(String path) implements Undo {}

  /** A folder that was not there; if somebody else has put something into it, it stays. */
  record RemoveFolder(String path) implements Undo {}

  /** A version that was not there. */
  record RemoveVersion(String version) implements Undo {}

  /** The service manager reads its files again. */
  record ReloadServices() implements Undo {}

  /** No shim runs, of whichever version, and no keeper. */
  record StopShims() implements Undo {}

  /** The shim that serves starts anew, with the settings that are there by then. */
  record RestartShim(String version) implements Undo {}

  /** The version before serves again, in place of the next. */
  record ServeBy(String before, String next) implements Undo {}

  /** Kubelet starts anew with the configuration that is there by then, and its node is ready. */
  record RestartKubelet() implements Undo {}
}
