package dev.cofferdam.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FilePagesTest {

  @TempDir Path folder;

  @Test
  void drop_leavesEveryMappingAsItWas() throws IOException {
    byte[] content = new byte[1 << 20];
    Arrays.fill(content, (byte) 7);
    Path file = Files.write(folder.resolve("file"), content);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer readOnly = channel.map(MapMode.READ_ONLY, 0, content.length);
      ByteBuffer own = channel.map(MapMode.PRIVATE, 0, content.length);
      own.put(5, (byte) 9);
      assertEquals(7, readOnly.get(5));

      FilePages pages = FilePages.find();
      for (int time = 0; time < 2; time++) {
        assertTrue(pages.drop() > 1 << 20, "the JVM's own text is more");
      }

      assertEquals(7, readOnly.get(5));
      assertEquals(9, own.get(5), "a page of the process's own");
    }
  }
}
