package dev.cofferdam.gvisor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.HexFormat;

/** A program that takes memory as fast as a processor can. */
final class Greedy {
  private Greedy() {}

  /** A script for a container's shell: writes the program, and becomes it. */
  static String fill(int mib) {
    String image = Base64.getEncoder().encodeToString(TinyProgram.elf(code(mib)));
    String file = "/tmp/greedy";
    return String.join(
        "\n",
        "echo " + image + " | /bin/busybox base64 -d > " + file,
        "/bin/busybox chmod 755 " + file,
        "exec " + file);
  }

  private static byte[] code(int mib) {
    byte[] size = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(mib << 20).array();
    String bytes = HexFormat.of().formatHex(size);
    return HexFormat.of()
        .parseHex(
            String.join(
                    "",
                    "b8 09000000", //         mov  eax, 9       mmap(
                    "31 ff", //               xor  edi, edi       anywhere,
                    "be" + bytes, //          mov  esi, size
                    "ba 03000000", //         mov  edx, 3         PROT_READ | PROT_WRITE,
                    "41 ba 22000000", //      mov  r10d, 0x22     MAP_PRIVATE | MAP_ANONYMOUS,
                    "49 c7 c0 ffffffff", //   mov  r8, -1         no file,
                    "45 31 c9", //            xor  r9d, r9d       0)
                    "0f 05", //               syscall
                    "48 89 c7", //            mov  rdi, rax
                    "b9" + bytes, //          mov  ecx, size
                    "b0 01", //               mov  al, 1
                    "f3 aa", //               rep stosb
                    "b8 22000000", //   loop: mov  eax, 34      pause()
                    "0f 05", //               syscall
                    "eb f7") //               jmp  loop
                .replace(" ", ""));
  }
}
