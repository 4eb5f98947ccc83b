package dev.cofferdam.shim.cadvisor;

import dev.cofferdam.cri.v1.MetricType;
import java.util.List;
import java.util.stream.Stream;

/**
 * The metrics that we have. Names, help and labels are those of containerd's own ({@code
 * internal/cri/server/list_metric_descriptors.go}), for kubelet reads its and ours by one table; a
 * test asks a real containerd.
 */
enum Family {
  CPU_USAGE(
      "container_cpu_usage_seconds_total",
      "Cumulative CPU time consumed in seconds.",
      MetricType.COUNTER,
      Unit.NANOS),
  MEMORY_USAGE(
      "container_memory_usage_bytes",
      "Current memory usage in bytes, including all memory regardless of when it was accessed",
      MetricType.GAUGE,
      Unit.ONE),
  MEMORY_WORKING_SET(
      "container_memory_working_set_bytes",
      "Amount of memory that is actively used by the container, excluding cached memory.",
      MetricType.GAUGE,
      Unit.ONE),
  MEMORY_RSS(
      "container_memory_rss",
      "Size of RSS in bytes, total anonymous memory and [swap cache memory used by the container.",
      MetricType.GAUGE,
      Unit.ONE),
  MEMORY_SWAP(
      "container_memory_swap", "Container swap usage in bytes.", MetricType.GAUGE, Unit.ONE),
  MEMORY_FAILURES(
      "container_memory_failures_total",
      "Cumulative count of container memory allocation failures.",
      MetricType.COUNTER,
      Unit.ONE,
      "failure_type",
      "scope"),
  OOM_EVENTS(
      "container_oom_events_total",
      "Count of out of memory events observed for the container",
      MetricType.COUNTER,
      Unit.ONE),
  FS_USAGE(
      "container_fs_usage_bytes",
      "Number of bytes that are consumed by the container on this filesystem.",
      MetricType.GAUGE,
      Unit.ONE,
      "device"),
  FS_LIMIT(
      "container_fs_limit_bytes",
      "Number of bytes that can be consumed by the container on this filesystem.",
      MetricType.GAUGE,
      Unit.ONE,
      "device"),
  FS_INODES("container_fs_inodes_total", "Number of Inodes", MetricType.GAUGE, Unit.ONE, "device"),
  NETWORK_RECEIVE_BYTES(
      "container_network_receive_bytes_total", "Cumulative count of bytes received"),
  NETWORK_RECEIVE_PACKETS(
      "container_network_receive_packets_total", "Cumulative count of packets received"),
  NETWORK_RECEIVE_DROPPED(
      "container_network_receive_packets_dropped_total",
      "Cumulative count of packets dropped while receiving"),
  NETWORK_RECEIVE_ERRORS(
      "container_network_receive_errors_total",
      "Cumulative count of errors encountered while receiving"),
  NETWORK_TRANSMIT_BYTES(
      "container_network_transmit_bytes_total", "Cumulative count of bytes transmitted"),
  NETWORK_TRANSMIT_PACKETS(
      "container_network_transmit_packets_total", "Cumulative count of packets transmitted"),
  NETWORK_TRANSMIT_DROPPED(
      "container_network_transmit_packets_dropped_total",
      "Cumulative count of packets dropped while transmitting"),
  NETWORK_TRANSMIT_ERRORS(
      "container_network_transmit_errors_total",
      "Cumulative count of errors encountered while transmitting"),
  PROCESSES(
      "container_processes",
      "Number of processes running inside the container.",
      MetricType.GAUGE,
      Unit.ONE),
  LAST_SEEN(
      "container_last_seen",
      "Last time a container was seen by the exporter",
      MetricType.GAUGE,
      Unit.NANOS),
  START_TIME(
      "container_start_time_seconds",
      "Start time of the container since unix epoch in seconds",
      MetricType.GAUGE,
      Unit.NANOS),
  SPEC_CPU_PERIOD(
      "container_spec_cpu_period", "CPU period of the container", MetricType.GAUGE, Unit.ONE),
  /** The only one that containerd does not have; cAdvisor does. */
  SPEC_CPU_QUOTA(
      "container_spec_cpu_quota", "CPU quota of the container.", MetricType.GAUGE, Unit.ONE),
  SPEC_CPU_SHARES(
      "container_spec_cpu_shares", "CPU share of the container", MetricType.GAUGE, Unit.ONE),
  SPEC_MEMORY_LIMIT(
      "container_spec_memory_limit_bytes",
      "Memory limit for the container",
      MetricType.GAUGE,
      Unit.ONE),
  SPEC_MEMORY_SWAP_LIMIT(
      "container_spec_memory_swap_limit_bytes",
      "Memory swap limit for the container",
      MetricType.GAUGE,
      Unit.ONE);

  /** The labels that say whose number it is, as containerd orders them. */
  static final List<String> WHOSE = List.of("pod", "namespace", "container", "id", "image");

  /** What the numbers are kept in here. */
  enum Unit {
    ONE,
    /** Written as seconds. */
    NANOS
  }

  private final String metricName;
  private final String help;
  private final MetricType type;
  private final Unit unit;

  @SuppressWarnings("ImmutableEnumChecker") // it is List.of's
  private final List<String> more;

  Family(String metricName, String help, MetricType type, Unit unit, String... more) {
    this.metricName = metricName;
    this.help = help;
    this.type = type;
    this.unit = unit;
    this.more = List.of(more);
  }

  /** A counter of an interface. */
  Family(String metricName, String help) {
    this(metricName, help, MetricType.COUNTER, Unit.ONE, "interface");
  }

  String metricName() {
    return metricName;
  }

  String help() {
    return help;
  }

  MetricType type() {
    return type;
  }

  Unit unit() {
    return unit;
  }

  /** The labels after {@link #WHOSE}. */
  List<String> more() {
    return more;
  }

  List<String> labelKeys() {
    return Stream.concat(WHOSE.stream(), more.stream()).toList();
  }
}
