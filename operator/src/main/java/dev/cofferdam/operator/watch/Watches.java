package dev.cofferdam.operator.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.OperatorException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Watches that keep next to nothing of what they see. Thread-safe. */
final class Watches implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  // What a node's shim says of 1,000 policies is 70 KB: a page has to fit the heap beside the rest.
  private static final long PAGE = 100;

  private final List<SharedIndexInformer<?>> informers = new CopyOnWriteArrayList<>();

  /**
   * Watches until {@link #close}; returns when everything that is there has been seen.
   *
   * @param empty makes an object without content
   */
  <T extends HasMetadata> void start(
      Informable<T> what, Supplier<T> empty, Consumer<T> seen, Consumer<T> gone) {
    SharedIndexInformer<T> informer =
        what.withLimit(PAGE).runnableInformer(0).itemStore(new ThinStore<>(empty));
    informer.addEventHandler(
        new ResourceEventHandler<T>() {
          @Override
          public void onAdd(T object) {
            seen.accept(object);
          }

          @Override
          public void onUpdate(T before, T object) {
            seen.accept(object);
          }

          @Override
          public void onDelete(T object, boolean unknownFinalState) {
            gone.accept(object);
          }
        });
    informers.add(informer);
    try {
      informer.start().toCompletableFuture().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OperatorException("interrupted while a watch began", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new OperatorException("a watch did not begin: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
    informers.clear();
  }
}
