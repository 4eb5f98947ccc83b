package dev.cofferdam.shim.main;

import org.jspecify.annotations.Nullable;

/** Which version of the shim this is. */
public final class ShimVersion {
  private ShimVersion() {}

  /** Out of the jar's manifest; there is none in a developer's target/classes. */
  public static String current() {
    @Nullable String version = ShimVersion.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
