package dev.cofferdam.shim.install.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All that the installer knows of the node.
 *
 * @param installed what is there, if an installation was completed
 * @param begun what was begun and is not completed: it is undone before anything else happens
 */
public record NodeRecord(int format, Optional<Installed> installed, Optional<Begun> begun) {
  public static final int FORMAT = 1;

  private static final String REMOVAL = "removal of ";

  /** What a removal of that version is called. */
  public static String removalOf(String version) {
    return REMOVAL + version;
  }

  /**
   * Whether what was begun is a removal past its point of no return: to undo all that the
   * installation did is its end, no failure.
   */
  public boolean removes() {
    return installed.isEmpty() && begun.filter(b -> b.operation().startsWith(REMOVAL)).isPresent();
  }

  public static NodeRecord nothing() {
    return new NodeRecord(FORMAT, Optional.empty(), Optional.empty());
  }

  /**
   * A completed installation.
   *
   * @param endpoint the change to kubelet
   * @param undo takes it all away, the last one first
   */
  public record Installed(
      String version, String services, EndpointChange endpoint, List<Undo> undo) {
    public Installed {
      undo = List.copyOf(undo);
    }

    /**
     * After a change to another version: taken away is still what the first installation changed,
     * with the content that is there by now.
     */
    public Installed with(String newVersion, List<Undo> changes) {
      List<Undo> merged = new ArrayList<>(undo);
      for (Undo change : changes) {
        int first = indexOf(merged, change);
        if (first >= 0) {
          merged.set(first, written(merged.get(first), change));
        } else if (change instanceof Undo.RestoreFile) {
          merged.add(change);
        }
      }
      return new Installed(newVersion, services, endpoint, merged);
    }

    private static int indexOf(List<Undo> all, Undo change) {
      for (int i = 0; i < all.size(); i++) {
        boolean same =
            switch (change) {
              case Undo.RestoreFile file ->
                  all.get(i) instanceof Undo.RestoreFile other && other.path().equals(file.path());
              case Undo.RestoreEndpoint _ -> all.get(i) instanceof Undo.RestoreEndpoint;
              default -> false;
            };
        if (same) {
          return i;
        }
      }
      return -1;
    }

    private static Undo written(Undo first, Undo change) {
      if (first instanceof Undo.RestoreFile f && change instanceof Undo.RestoreFile now) {
        return new Undo.RestoreFile(f.path(), f.before(), now.written());
      }
      if (first instanceof Undo.RestoreEndpoint f && change instanceof Undo.RestoreEndpoint now) {
        return new Undo.RestoreEndpoint(f.change(), f.before(), now.written());
      }
      return first;
    }
  }

  /**
   * An operation that is under way.
   *
   * @param operation for people
   * @param undo takes back what it did, the last one first
   */
  public record Begun(String operation, List<Undo> undo) {
    public Begun {
      undo = List.copyOf(undo);
    }
  }
}
