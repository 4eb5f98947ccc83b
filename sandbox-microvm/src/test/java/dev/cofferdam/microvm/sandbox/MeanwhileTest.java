package dev.cofferdam.microvm.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MeanwhileTest {
  @Test
  void close_stepFailed_throwsThat() {
    SandboxException failure = new SandboxException(ErrorCode.PROGRAM_FAILED, "mkfs");
    Meanwhile meanwhile =
        Meanwhile.does(
            () -> {
              throw failure;
            });

    assertEquals(failure, assertThrows(SandboxException.class, meanwhile::close));
  }

  @Test
  void close_interrupted_saysSoOnceTheStepIsOver() {
    AtomicBoolean over = new AtomicBoolean();
    Thread waits = Thread.currentThread();
    waits.interrupt();
    Meanwhile meanwhile =
        Meanwhile.does(
            () -> {
              while (waits.isInterrupted()) {
                Thread.onSpinWait(); // until the other has noticed
              }
              over.set(true);
            });

    assertThrows(SandboxException.class, meanwhile::close);
    assertTrue(over.get());
    assertTrue(Thread.interrupted());
  }
}
