package dev.cofferdam.operator.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of each object only who it is and its version, which is all that a watch needs to go on:
 * what is to be known of it has been told to the index. Thread-safe.
 */
final class ThinStore<T extends HasMetadata> implements ItemStore<T> {
  private final ConcurrentMap<String, T> items = new ConcurrentHashMap<>();
  private final Supplier<T> empty;

  /**
   * @param empty makes an object without content
   */
  ThinStore(Supplier<T> empty) {
    this.empty = empty;
  }

  @Override
  public String getKey(T item) {
    return Cache.metaNamespaceKeyFunc(item);
  }

  @Override
  public @Nullable T put(String key, T item) {
    T thin = empty.get();
    thin.setMetadata(
        new ObjectMetaBuilder()
            .withName(item.getMetadata().getName())
            .withNamespace(item.getMetadata().getNamespace())
            .withUid(item.getMetadata().getUid())
            .withResourceVersion(item.getMetadata().getResourceVersion())
            .build());
    return items.put(key, thin);
  }

  @Override
  public @Nullable T remove(String key) {
    return items.remove(key);
  }

  @Override
  public Stream<String> keySet() {
    return items.keySet().stream();
  }

  @Override
  public Stream<T> values() {
    return items.values().stream();
  }

  @Override
  public int size() {
    return items.size();
  }

  @Override
  public @Nullable T get(String key) {
    return items.get(key);
  }

  @Override
  public boolean isFullState() {
    return false;
  }
}
