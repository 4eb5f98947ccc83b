package dev.cofferdam.microvm.standin;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The stand-in as a program, started as Firecracker is by its jailer; its folder is the jail. */
public final class StandInFirecracker {
  private StandInFirecracker() {}

  /** {@code --id=NAME --api-sock PATH}, as the jailer and its caller say it. */
  public static void main(String[] arguments) throws IOException {
    List<String> line = Arrays.asList(arguments);
    String id =
        line.stream()
            .filter(each -> each.startsWith("--id="))
            .map(each -> each.substring("--id=".length()))
            .findFirst()
            .orElseThrow();
    Path socket = Path.of("/").relativize(Path.of(line.get(line.indexOf("--api-sock") + 1)));
    StandInApi api = new StandInApi(id, line.contains("--enable-pci"), new QemuBehind(id));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      while (true) {
        SocketChannel channel = server.accept();
        Thread.ofPlatform().daemon().start(() -> serve(channel, api));
      }
    }
  }

  private static void serve(SocketChannel channel, StandInApi api) {
    try (channel;
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel));
        OutputStream out = Channels.newOutputStream(channel)) {
      for (String request = head(in); !request.isEmpty(); request = head(in)) {
        String[] first = request.lines().findFirst().orElse("").split(" ", 3);
        byte[] body = in.readNBytes(length(request));
        var answer = api.answer(first[0], first[1], new String(body, StandardCharsets.UTF_8));
        out.write(wire(answer));
        out.flush();
      }
    } catch (IOException | RuntimeException e) {
      System.err.println("stand-in: " + e);
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0; next = in.read()) {
      head.write(next);
      if (head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        return head.toString(StandardCharsets.ISO_8859_1);
      }
    }
    return "";
  }

  private static int length(String head) {
    return head.lines()
        .filter(line -> line.startsWith("Content-Length: "))
        .mapToInt(line -> Integer.parseInt(line.substring("Content-Length: ".length())))
        .findFirst()
        .orElse(0);
  }

  private static byte[] wire(StandInApi.Answer answer) {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    String head =
        "HTTP/1.1 "
            + answer.status()
            + " \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
            + (body.length == 0
                ? ""
                : "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n")
            + "\r\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(body);
    return out.toByteArray();
  }
}
