package dev.cofferdam.shim.kube;

import dev.cofferdam.shim.state.DurableFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The way to the API server: a kubeconfig, whose token is the first one, and the token that this
 * node got by renewing it. Of the two the one that was issued later counts, so that a new first one
 * can be put down at any time. Thread-safe.
 *
 * @param kubeconfig may come later, or never
 * @param renewed where the renewed token is kept, mode 0600; empty: nowhere
 */
public record ClusterAccess(Path kubeconfig, Optional<Path> renewed) {

  /** Without a token of this node's own. */
  public static ClusterAccess of(Path kubeconfig) {
    return new ClusterAccess(kubeconfig, Optional.empty());
  }

  /** Whether this is a node of a cluster, by now. */
  public boolean exists() {
    return Files.exists(kubeconfig);
  }

  /** Read anew each time, since tokens are renewed. */
  public ApiServer apiServer() throws IOException {
    ApiServer first = ApiServer.of(kubeconfig);
    Optional<String> own = renewedToken();
    return own.isPresent() && later(own.get(), first.token())
        ? new ApiServer(first.address(), first.tls(), own)
        : first;
  }

  private static boolean later(String own, Optional<String> first) {
    Optional<TokenClaims> renewed = TokenClaims.of(own);
    Optional<TokenClaims> handedIn = first.flatMap(TokenClaims::of);
    // Where tokens do not tell, the one that a person put down is meant.
    return renewed.isPresent()
        && handedIn.isPresent()
        && renewed.get().issuedAt().isAfter(handedIn.get().issuedAt());
  }

  private Optional<String> renewedToken() throws IOException {
    if (renewed.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readString(renewed.get()).strip());
    } catch (NoSuchFileException none) {
      return Optional.empty();
    }
  }

  /** Keeps a token for the next {@link #apiServer}, readable by root only at every moment. */
  void keep(String token) throws IOException {
    Path file = renewed.orElseThrow();
    Path made = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(made);
    Files.createFile(
        made, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    // Written into the file that is there, whose mode stays.
    DurableFile.replace(file, token.getBytes(StandardCharsets.UTF_8));
  }
}
