package dev.cofferdam.e2e;

import dev.cofferdam.lab.Lab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A session through kubectl that stays open while other things happen. */
final class Session implements AutoCloseable {
  private static final int FORWARDED = 18081;
  private static final int SECONDS = 40;

  private final Lab lab;
  private final Process process;
  private final BufferedReader out;
  private final Writer in;

  private Session(Lab lab, Process process) {
    this.lab = lab;
    this.process = process;
    this.out = process.inputReader(StandardCharsets.UTF_8);
    this.in = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** A process in the pod that says again what it hears. */
  static Session exec(Lab lab, String pod) throws IOException {
    return new Session(lab, lab.shell().start("kubectl", "exec", "-i", pod, "--", "cat"));
  }

  /** A client at the streams of the pod's own process. */
  static Session attach(Lab lab, String pod) throws IOException {
    return new Session(lab, lab.shell().start("kubectl", "attach", "-i", pod));
  }

  /** A port-forward to the pod's port 80. */
  static Session portForward(Lab lab, String pod) throws Exception {
    Session session =
        new Session(
            lab, lab.shell().start("kubectl", "port-forward", "pod/" + pod, FORWARDED + ":80"));
    var _ = session.line();
    return session;
  }

  /** Says a line and waits for the answer. */
  String echoed(String line) throws Exception {
    in.write(line + "\n");
    in.flush();
    return line();
  }

  /** What the forwarded port serves. */
  String page() {
    return lab.shell()
        .run("curl", "-fsS", "--max-time", "30", "http://127.0.0.1:" + FORWARDED + "/")
        .orThrow()
        .out();
  }

  private String line() throws Exception {
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return String.valueOf(out.readLine());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            })
        .get(SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    process.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }
}
