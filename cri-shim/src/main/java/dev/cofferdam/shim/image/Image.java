package dev.cofferdam.shim.image;

import java.util.List;

/**
 * An image on this node, for this machine's platform.
 *
 * @param id the digest of its configuration, {@code sha256:…}: what CRI calls its ID
 * @param names its references: tags, then digests
 * @param chainId names the stack of its layers; blank: it has none
 */
public record Image(String id, List<String> names, String chainId, ImageConfig config) {
  public Image {
    names = List.copyOf(names);
  }
}
