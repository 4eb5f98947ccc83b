package dev.cofferdam.microvm.standin;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** What is behind the stand-in's API. */
public interface Behind {

  /** Whether a path in the jail leads to a file. */
  boolean exists(String path);

  /**
   * Boots.
   *
   * @param configuration the bodies of all PUTs so far, by path
   */
  void start(Map<String, JsonNode> configuration);

  void changeDrive(String id, String path);

  void pause();

  void resume();
}
