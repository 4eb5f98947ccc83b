package dev.cofferdam.shim.logging;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.NOPMDCAdapter;

/**
 * The fields of this thread's lines. No thread inherits them, as with slf4j's own: a thread that a
 * call happens to start, such as a connection's, would speak of that pod for ever.
 */
final class ThreadFields extends NOPMDCAdapter {
  private static final ThreadLocal<@Nullable Map<String, String>> FIELDS = new ThreadLocal<>();

  @Override
  public void put(String key, @Nullable String value) {
    Map<String, String> map = FIELDS.get();
    if (map == null) {
      map = new TreeMap<>();
      FIELDS.set(map);
    }
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  @Override
  public @Nullable String get(String key) {
    Map<String, String> map = FIELDS.get();
    return map == null ? null : map.get(key);
  }

  @Override
  public void remove(String key) {
    Map<String, String> map = FIELDS.get();
    if (map != null) {
      map.remove(key);
    }
  }

  @Override
  public void clear() {
    FIELDS.remove();
  }

  @Override
  public Map<String, String> getCopyOfContextMap() {
    Map<String, String> map = FIELDS.get();
    return map == null ? Map.of() : new TreeMap<>(map);
  }

  @Override
  public void setContextMap(Map<String, String> all) {
    FIELDS.set(new TreeMap<>(all));
  }
}
