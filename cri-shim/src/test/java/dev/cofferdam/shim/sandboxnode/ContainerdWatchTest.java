package dev.cofferdam.shim.sandboxnode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cofferdam.policy.node.NodeCondition;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerdWatchTest {
  @TempDir Path folder;
  private final AtomicInteger questions = new AtomicInteger();
  private final AtomicInteger replaced = new AtomicInteger();
  private final AtomicInteger news = new AtomicInteger();
  private volatile boolean away;

  private ContainerdWatch watch() {
    return new ContainerdWatch(
        folder.resolve("sock"), this::version, replaced::incrementAndGet, news::incrementAndGet);
  }

  private String version() {
    questions.incrementAndGet();
    if (away) {
      throw new SandboxException(ErrorCode.UNAVAILABLE, "containerd does not answer");
    }
    return "containerd v2.1";
  }

  @BeforeEach
  void startContainerd() throws IOException {
    started(1);
  }

  private void started(long second) throws IOException {
    Path socket = folder.resolve("sock");
    Files.deleteIfExists(socket);
    Files.createFile(socket);
    Files.setLastModifiedTime(socket, FileTime.fromMillis(second * 1000));
  }

  private static NodeCondition condition(ContainerdWatch watch) {
    return watch.conditions(List.of()).getFirst();
  }

  @Test
  void sameSocket_isAskedOnceInAWhile() {
    ContainerdWatch watch = watch();
    for (int i = 0; i < 13; i++) {
      watch.look();
    }
    assertEquals(2, questions.get());
    assertEquals(0, replaced.get());
    assertEquals("True", condition(watch).status());
    assertEquals("containerd v2.1 answers", condition(watch).message());
  }

  @Test
  void anotherSocket_isAnotherContainerd() throws IOException {
    ContainerdWatch watch = watch();
    watch.look();
    started(2);
    watch.look();
    assertEquals(1, replaced.get());
    watch.look();
    assertEquals(1, replaced.get());
  }

  @Test
  void containerdThatIsAway_isTold_andWhenItIsBackTheNodeIsCheckedAnew() throws IOException {
    ContainerdWatch watch = watch();
    watch.look();
    away = true;
    Files.delete(folder.resolve("sock"));
    watch.look();
    assertEquals("Away", condition(watch).reason());
    assertEquals("containerd does not answer", condition(watch).message());
    assertEquals(2, news.get());

    away = false;
    started(3);
    watch.look();
    assertEquals("True", condition(watch).status());
    assertEquals(3, news.get());
    assertEquals(1, replaced.get());
  }

  @Test
  void beforeTheFirstLook_nothingIsTold() {
    assertEquals(List.of(), watch().conditions(List.of()));
  }
}
