package dev.cofferdam.sandbox.testing;

import dev.cofferdam.sandbox.Stdio;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A container's streams as the shim makes them: named pipes that somebody holds open for reading
 * and writing. Output stays in the pipe until it is asked for.
 */
public final class PipeStdio implements AutoCloseable {
  private final Pipe stdin;
  private final Pipe stdout;
  private final Pipe stderr;

  public PipeStdio(Path folder) throws Exception {
    stdin = new Pipe(folder.resolve("stdin"));
    stdout = new Pipe(folder.resolve("stdout"));
    stderr = new Pipe(folder.resolve("stderr"));
  }

  public Stdio stdio() {
    return new Stdio(Optional.of(stdin.path), Optional.of(stdout.path), Optional.of(stderr.path));
  }

  /** Writes to the process's standard input. */
  public void write(String text) throws IOException {
    stdin.holder.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The end of the process's input; to be called once the process has opened it. */
  public void endInput() throws IOException {
    stdin.close();
  }

  /** What has been written to standard output since the last call. Does not wait. */
  public String output() throws IOException {
    return stdout.drain();
  }

  /** What has been written to standard error since the last call. Does not wait. */
  public String errors() throws IOException {
    return stderr.drain();
  }

  @Override
  public void close() throws IOException {
    stdin.close();
    stdout.close();
    stderr.close();
  }

  private static final class Pipe {
    private final Path path;
    // Opened both ways, which on a named pipe waits for nobody and keeps what is in it.
    private final RandomAccessFile holder;
    private final InputStream reader;

    Pipe(Path path) throws Exception {
      this.path = path;
      Process mkfifo = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
      if (mkfifo.waitFor() != 0) {
        throw new IOException("mkfifo " + path + " failed");
      }
      holder = new RandomAccessFile(path.toFile(), "rw");
      reader = new FileInputStream(path.toFile());
    }

    String drain() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (int count = reader.available(); count > 0; count = reader.available()) {
        out.writeBytes(reader.readNBytes(count));
      }
      return out.toString(StandardCharsets.UTF_8);
    }

    void close() throws IOException {
      holder.close();
      reader.close();
    }
  }
}
