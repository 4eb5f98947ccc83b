package dev.cofferdam.chaos;

import java.time.Duration;

/** What kubelet is doing with a pod when something is killed. */
enum Operation {
  RUN(1200, 6),
  REMOVE(800, 4),
  RESTART_CONTAINER(900, 4),
  EXEC(60, 2),
  REOPEN_LOG(20, 3),
  LOOK(30, 2),
  UPDATE(20, 1),
  PORT_FORWARD(300, 2);

  private final Duration usual;
  private final int weight;

  Operation(long usualMillis, int weight) {
    this.usual = Duration.ofMillis(usualMillis);
    this.weight = weight;
  }

  /** How long it takes where nothing goes wrong, roughly: within this the kill comes. */
  Duration usual() {
    return usual;
  }

  /** How often it is drawn, compared with the others. */
  int weight() {
    return weight;
  }
}
