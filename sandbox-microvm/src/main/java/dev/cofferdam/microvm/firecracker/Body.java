package dev.cofferdam.microvm.firecracker;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Firecracker's requests carry, named as its API description names it (version 1.17): a null
 * is left out, and Firecracker then takes its own default. Sizes are in the units of their names.
 */
sealed interface Body {

  record Balloon(
      int amountMib,
      boolean deflateOnOom,
      @Nullable Integer statsPollingIntervalS,
      @Nullable Boolean freePageHinting,
      @Nullable Boolean freePageReporting)
      implements Body {}

  record BalloonUpdate(int amountMib) implements Body {}

  record BalloonStatsUpdate(int statsPollingIntervalS) implements Body {}

  record BalloonStartCmd(@Nullable Boolean acknowledgeOnStop) implements Body {}

  record BootSource(String kernelImagePath, @Nullable String initrdPath, @Nullable String bootArgs)
      implements Body {}

  /** Templates of the processor, which we pass through. */
  record CpuConfig(
      @Nullable List<String> kvmCapabilities,
      @Nullable JsonNode cpuidModifiers,
      @Nullable JsonNode msrModifiers,
      @Nullable JsonNode regModifiers,
      @Nullable JsonNode vcpuFeatures)
      implements Body {}

  record Drive(
      String driveId,
      @Nullable String partuuid,
      @JsonProperty("is_root_device") boolean isRootDevice,
      @Nullable String cacheType,
      @JsonProperty("is_read_only") @Nullable Boolean isReadOnly,
      @Nullable String pathOnHost,
      @Nullable RateLimiter rateLimiter,
      @Nullable String ioEngine,
      @Nullable String socket)
      implements Body {}

  record PartialDrive(
      String driveId, @Nullable String pathOnHost, @Nullable RateLimiter rateLimiter)
      implements Body {}

  record Pmem(
      String id,
      String pathOnHost,
      @Nullable Boolean rootDevice,
      @Nullable Boolean readOnly,
      @Nullable RateLimiter rateLimiter)
      implements Body {}

  record PartialPmem(String id, @Nullable RateLimiter rateLimiter) implements Body {}

  record InstanceActionInfo(String actionType) implements Body {}

  record Logger(
      @Nullable String logPath,
      @Nullable String level,
      @Nullable Boolean showLevel,
      @Nullable Boolean showLogOrigin,
      @Nullable String module)
      implements Body {}

  /** For PATCH all may be null, though the API's description says otherwise. */
  record MachineConfiguration(
      @Nullable Integer vcpuCount,
      @Nullable Long memSizeMib,
      @Nullable Boolean smt,
      @Nullable Boolean trackDirtyPages,
      @Nullable String cpuTemplate,
      @Nullable String hugePages)
      implements Body {}

  record Metrics(
      String metricsPath, @Nullable Boolean emitId, @Nullable Map<String, String> properties)
      implements Body {}

  record MmdsConfig(
      @Nullable String version,
      List<String> networkInterfaces,
      @Nullable String ipv4Address,
      @Nullable Boolean imdsCompat)
      implements Body {}

  record NetworkInterface(
      @Nullable String guestMac,
      String hostDevName,
      String ifaceId,
      @Nullable Integer mtu,
      @Nullable RateLimiter rxRateLimiter,
      @Nullable RateLimiter txRateLimiter)
      implements Body {}

  record PartialNetworkInterface(
      String ifaceId, @Nullable RateLimiter rxRateLimiter, @Nullable RateLimiter txRateLimiter)
      implements Body {}

  record RateLimiter(@Nullable TokenBucket bandwidth, @Nullable TokenBucket ops) implements Body {}

  record TokenBucket(long size, long refillTime, @Nullable Long oneTimeBurst) implements Body {}

  record SnapshotCreateParams(
      String snapshotPath, String memFilePath, @Nullable String snapshotType) implements Body {}

  record SnapshotLoadParams(
      String snapshotPath,
      @Nullable MemoryBackend memBackend,
      @Nullable Boolean trackDirtyPages,
      @Nullable Boolean resumeVm,
      @Nullable List<NetworkOverride> networkOverrides,
      @Nullable VsockOverride vsockOverride,
      @Nullable Boolean clockRealtime,
      @Nullable String hugePages)
      implements Body {}

  record MemoryBackend(String backendType, String backendPath) implements Body {}

  record NetworkOverride(String ifaceId, String hostDevName) implements Body {}

  record VsockOverride(String udsPath) implements Body {}

  record Vm(String state) implements Body {}

  record EntropyDevice(@Nullable RateLimiter rateLimiter) implements Body {}

  record SerialDevice(@Nullable String serialOutPath, @Nullable TokenBucket rateLimiter)
      implements Body {}

  record MemoryHotplugConfig(
      @Nullable Integer totalSizeMib, @Nullable Integer slotSizeMib, @Nullable Integer blockSizeMib)
      implements Body {}

  record MemoryHotplugSizeUpdate(@Nullable Integer requestedSizeMib) implements Body {}

  record Vsock(int guestCid, String udsPath) implements Body {}
}
