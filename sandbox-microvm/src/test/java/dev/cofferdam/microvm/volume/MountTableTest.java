package dev.cofferdam.microvm.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class MountTableTest {
  private static final MountTable TABLE =
      MountTable.parse(
          List.of(
              "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda rw",
              "23 22 0:5 / /dev rw - devtmpfs dev rw",
              "24 22 254:1 /var/pods/a /data rw,relatime shared:1 - ext4 /dev/vda rw",
              "25 22 0:40 / /data/with\\040space rw master:2 propagate_from:1 - tmpfs tmpfs rw",
              "26 22 0:4 net:[4026531840] /run/netns/x rw - nsfs nsfs rw",
              "27 22 0:41 / /data/with\\040space rw - tmpfs tmpfs rw",
              "not a mount"));

  @Test
  void place_bindMount_isWhereItsFilesReallyAre() {
    MountTable.Place place = TABLE.place(Path.of("/data/x/y")).orElseThrow();
    assertEquals("254:1", place.device());
    assertEquals(Path.of("/var/pods/a/x/y"), place.path());
  }

  @Test
  void place_mountedTwice_isInTheLast() {
    MountTable.Place place = TABLE.place(Path.of("/data/with space/f")).orElseThrow();
    assertEquals("0:41", place.device());
    assertEquals(Path.of("/f"), place.path());
    assertEquals("tmpfs", place.mount().type());
  }

  @Test
  void place_nameThatOnlyBeginsAlike_isNotBelow() {
    assertEquals(Path.of("/database"), TABLE.place(Path.of("/database")).orElseThrow().path());
  }

  @Test
  void mountsBelow_sayWhetherThereAreAny() {
    assertTrue(TABLE.mountsBelow(Path.of("/data")));
    assertFalse(TABLE.mountsBelow(Path.of("/data/with space")));
  }

  @Test
  void read_ofThisMachine_knowsProc() {
    MountTable here = MountTable.read();
    assertEquals("proc", here.place(Path.of("/proc/self")).orElseThrow().mount().type());
  }
}
