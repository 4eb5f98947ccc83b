package dev.cofferdam.shim.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.handler.HandlerSource;
import dev.cofferdam.shim.handler.Placement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CanaryHandlersTest {
  private static final Placement PLACE = new Placement("gvisor", "systrap", false);
  private final CanaryHandlers handlers = new CanaryHandlers(List.of(new OneHandler()));

  @Test
  void place_goesWhereTheTriedHandlersPodsGo() {
    assertTrue(handlers.owns("cofferdam:canary/gvisor"));
    assertFalse(handlers.owns("gvisor"));
    assertEquals(PLACE, handlers.place("cofferdam:canary/gvisor"));
    assertEquals(Optional.of(PLACE), handlers.expected("cofferdam:canary/gvisor"));
  }

  @Test
  void place_ofAHandlerThatIsNotThere_isRefused() {
    assertThrows(SandboxException.class, () -> handlers.place("cofferdam:canary/runc"));
    assertEquals(Optional.empty(), handlers.expected("cofferdam:canary/runc"));
  }

  private static final class OneHandler implements HandlerSource {
    @Override
    public boolean owns(String handler) {
      return handler.equals("gvisor");
    }

    @Override
    public Placement place(String handler) {
      return PLACE;
    }

    @Override
    public Optional<Placement> expected(String handler) {
      return Optional.of(PLACE);
    }

    @Override
    public List<String> names() {
      return List.of("gvisor");
    }
  }
}
