package dev.cofferdam.policy.node;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What one sandbox costs its node beyond what runs in it. Immutable. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SandboxOverhead(
    @Min(0)
        @Max(SandboxOverhead.MOST_MEMORY_BYTES)
        @JsonPropertyDescription("Host memory in bytes: probes under load, corrected by live pods.")
        @Nullable Long memoryBytes,
    @Min(0) @Max(SandboxOverhead.MOST_CPU_MILLIS) @JsonPropertyDescription("Thousandths of a CPU.")
        @Nullable Long cpuMillis,
    @JsonPropertyDescription("How many live pods the numbers were corrected by.")
        @Nullable Integer livePods)
    implements Serializable {

  /** 16 GiB: beyond it a number is a defect, and one node must not make a class unusable. */
  public static final long MOST_MEMORY_BYTES = 17_179_869_184L;

  /** 16 CPUs. */
  public static final long MOST_CPU_MILLIS = 16_000;
}
