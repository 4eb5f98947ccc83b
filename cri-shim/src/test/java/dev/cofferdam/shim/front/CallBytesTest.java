package dev.cofferdam.shim.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallBytesTest {
  private static final long FREE = 64 << 10;

  private final ByteBudget whole = new ByteBudget(1 << 20, null);
  private final List<Status> exceeded = new ArrayList<>();

  @Test
  void smallCall_ofFullBudget_passes() {
    assertTrue(whole.take(1 << 20));
    CallBytes call = call(whole);
    call.responseMade(FREE);
    assertEquals(List.of(), exceeded);
  }

  @Test
  void bytes_arrivedAndLeft_areGivenBack() {
    CallBytes call = call(whole);
    call.responseMade(FREE + 1000);
    assertEquals(1000, whole.used());
    call.responseMade(500);
    assertEquals(1500, whole.used());
    call.responseLeft();
    assertEquals(0, whole.used());
    call.responseMade(FREE + 1);
    call.done();
    call.done();
    assertEquals(0, whole.used());
    assertEquals(List.of(), exceeded);
  }

  @Test
  void bytes_overTheBudget_endTheCallOnceAndTakeNothing() {
    CallBytes call = call(whole);
    call.responseMade(FREE + (1 << 20));
    assertEquals(1 << 20, whole.used());
    call.responseMade(1);
    call.responseMade(1);
    assertEquals(1, exceeded.size());
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, exceeded.getFirst().getCode());
    call.done();
    assertEquals(0, whole.used());
  }

  @Test
  void share_ofTheWhole_isBoundedByBoth() {
    ByteBudget share = whole.share(1 << 19);
    assertFalse(share.take((1 << 19) + 1));
    assertEquals(0, whole.used());
    assertTrue(share.take(1 << 19));
    ByteBudget other = whole.share(1 << 20);
    assertFalse(other.take((1 << 19) + 1));
    assertTrue(other.take(1 << 19));
    share.giveBack(1 << 19);
    assertEquals(1 << 19, whole.used());
  }

  private CallBytes call(ByteBudget budget) {
    CallBytes call = new CallBytes();
    call.charge(budget, exceeded::add);
    return call;
  }
}
