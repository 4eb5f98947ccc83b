package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.sandbox.testing.FakeBackend;
import dev.cofferdam.shim.handler.Backends;
import dev.cofferdam.shim.handler.Placement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckHandlersTest {
  private final CheckHandlers handlers =
      new CheckHandlers(new Backends(List.of(new FakeBackend())), Duration.ofSeconds(30));

  @Test
  void handler_ofEachVariant_leadsToIt() {
    String handler = CheckHandlers.handlerOf(FakeBackend.NAME, FakeBackend.VARIANT);
    assertTrue(handlers.owns(handler));
    assertEquals(
        new Placement(FakeBackend.NAME, FakeBackend.VARIANT, false), handlers.place(handler));
  }

  @Test
  void handler_ofNoVariant_isRefused() {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> handlers.place(CheckHandlers.handlerOf(FakeBackend.NAME, "nosuch")));
    assertEquals(ErrorCode.NO_BACKEND, e.code());
    assertThrows(SandboxException.class, () -> handlers.place("cofferdam:check/nosuch/x"));
    assertThrows(SandboxException.class, () -> handlers.place("cofferdam:check/"));
  }

  @Test
  void handlers_areNoneThatAClassCouldNameNorThatStatusLists() {
    assertFalse(handlers.owns("cofferdam-check"));
    assertEquals(List.of(), handlers.names());
  }
}
