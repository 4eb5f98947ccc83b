package dev.cofferdam.gvisor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A process on the host in which systrap runs instructions of the workload, and nothing else: the
 * child of a stub, whose memory it shares. The stub itself makes the host's system calls for the
 * sentry ({@code pkg/sentry/platform/systrap}, {@code sysmsg_thread.go}).
 *
 * @param ticks CPU time that it has used, in hundredths of a second ({@code proc_pid_stat(5)})
 */
record WorkloadThread(long pid, long ticks) {
  private static final Path PROC = Path.of("/proc");

  /** Of the fields after the program's name. */
  private static final int PARENT = 1;

  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;

  /** A program and its libraries come first; a workload may map any number of files. */
  private static final int MOST_FILES = 16;

  /** Empty where it is anything else: the sentry, a gofer, a stub. */
  static Optional<WorkloadThread> of(long pid, long sentry) {
    try {
      String[] own = status(pid);
      long stub = Long.parseLong(own[PARENT]);
      if (stub == sentry || Long.parseLong(status(stub)[PARENT]) != sentry) {
        return Optional.empty();
      }
      long ticks = Long.parseLong(own[USER_TIME]) + Long.parseLong(own[SYSTEM_TIME]);
      return Optional.of(new WorkloadThread(pid, ticks));
    } catch (IOException e) {
      return Optional.empty(); // ended meanwhile
    }
  }

  private static String[] status(long pid) throws IOException {
    String line = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
    return line.substring(line.lastIndexOf(") ") + 2).split(" "); // the name may hold anything
  }

  /** Devices of the files that it maps. */
  Set<Long> devices() {
    Set<Long> devices = new HashSet<>();
    Set<String> seen = new HashSet<>();
    try {
      Path maps = PROC.resolve(pid + "/maps");
      for (String line : Files.readAllLines(maps, StandardCharsets.ISO_8859_1)) {
        String[] words = line.split(" +", 6);
        boolean isFile = words.length == 6 && words[5].startsWith("/");
        if (isFile && !words[5].startsWith("/memfd:") && seen.add(words[3] + words[4])) {
          devices.add(device(words[0]));
        }
        if (seen.size() == MOST_FILES) {
          break;
        }
      }
    } catch (IOException e) {
      return devices; // it has ended, or no longer maps that
    }
    return devices;
  }

  /**
   * By the open file: of a file on an overlay the list itself names the device below it, before
   * Linux 6.8.
   */
  private long device(String range) throws IOException {
    String[] ends = range.split("-", 2);
    String name = unpadded(ends[0]) + "-" + unpadded(ends[1]);
    return (Long) Files.getAttribute(PROC.resolve(pid + "/map_files/" + name), "unix:dev");
  }

  private static String unpadded(String address) {
    return Long.toHexString(Long.parseUnsignedLong(address, 16));
  }
}
