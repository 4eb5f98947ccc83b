package dev.cofferdam.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.ToIntFunction;

/**
 * One kill, and what goes on meanwhile. A function of the seed alone.
 *
 * @param number counts from 1
 * @param steps what is done at once, each with another pod
 * @param target what is killed
 * @param instant when, as a share of the first step's usual duration; beyond 1: after it
 * @param bystander whether the pod that is hit (where the target is part of one) has nothing to do
 *     with the steps
 * @param pause how long what was killed stays away, as a share of the longest
 */
record Round(
    int number, List<Step> steps, Target target, double instant, boolean bystander, double pause) {
  private static final double LATEST = 1.2;

  /**
   * @param slot which pod
   * @param operation what is done with it where it is there; where it is not, it is run
   * @param way which of several ways of doing so
   */
  record Step(int slot, Operation operation, int way) {}

  /** All rounds of a seed. */
  static List<Round> all(long seed, int kills, int slots, List<Target> targets) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Round> rounds = new ArrayList<>();
    for (int number = 1; number <= kills; number++) {
      rounds.add(next(number, random, slots, targets));
    }
    return rounds;
  }

  private static Round next(int number, SplittableRandom random, int slots, List<Target> targets) {
    int first = random.nextInt(slots);
    int second = (first + 1 + random.nextInt(slots - 1)) % slots;
    List<Operation> operations = List.of(Operation.values());
    Operation operation = draw(random, operations, Operation::weight);
    Operation other = draw(random, operations, Operation::weight);
    Target target = draw(random, targets, Target::weight);
    return new Round(
        number,
        List.of(
            new Step(first, fitting(target, operation), random.nextInt(6)),
            new Step(second, other, random.nextInt(6))),
        target,
        random.nextDouble() * LATEST,
        random.nextInt(3) == 0,
        random.nextDouble());
  }

  /** What is at work only now and then is to be at work. */
  private static Operation fitting(Target target, Operation drawn) {
    return switch (target) {
      case RUNSC -> Operation.RESTART_CONTAINER;
      case CNI_PLUGIN -> Operation.REMOVE; // or, where there is no pod, RUN
      case SHIM, CONTAINERD, KEEPER, SENTRY, GOFER, MONITOR, VSOCK, FILES -> drawn;
    };
  }

  private static <T> T draw(SplittableRandom random, List<T> from, ToIntFunction<T> weight) {
    int all = 0;
    for (T each : from) {
      all += weight.applyAsInt(each);
    }
    int drawn = random.nextInt(all);
    for (T each : from) {
      drawn -= weight.applyAsInt(each);
      if (drawn < 0) {
        return each;
      }
    }
    throw new IllegalStateException("weights changed");
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "round %d: kill %s %s at %.2f of %s",
        number,
        bystander ? "a bystander's" : "the",
        target,
        instant,
        steps);
  }
}
