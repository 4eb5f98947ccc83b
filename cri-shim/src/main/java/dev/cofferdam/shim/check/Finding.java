package dev.cofferdam.shim.check;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;

/**
 * What came of one variant's check. Immutable; as JSON it is kept on disk and given to programs.
 *
 * @param works whether a pod went the whole way behind this wall, and left nothing
 * @param message the evidence if so (the kernel as seen from inside), else the step and the reason
 * @param timedOut whether it was its deadline that ended it
 * @param version of the program that is the wall; blank where it was not reached
 * @param tookMillis the whole check, without the measuring of overhead
 * @param coldStartMillis from the call for a pod to its container's first line in the log
 * @param steps those that were gone through, in order
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Finding(
    String backend,
    String variant,
    boolean works,
    String message,
    boolean timedOut,
    String version,
    long tookMillis,
    Optional<Long> coldStartMillis,
    List<StepTime> steps,
    Optional<Overhead> overhead) {

  /** One step of a check. */
  public record StepTime(String step, long millis) {}

  public Finding {
    steps = steps == null ? List.of() : List.copyOf(steps);
  }

  /** As {@code gvisor/systrap}. */
  public String name() {
    return backend + "/" + variant;
  }

  Finding with(Optional<Overhead> measured) {
    return new Finding(
        backend,
        variant,
        works,
        message,
        timedOut,
        version,
        tookMillis,
        coldStartMillis,
        steps,
        measured);
  }
}
