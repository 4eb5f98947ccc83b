package dev.cofferdam.gvisor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;

/**
 * Static x86-64 programs of a few dozen bytes, written here so that neither an image nor a compiler
 * is needed to run a sandbox. System call numbers: {@code arch/x86/entry/syscalls/syscall_64.tbl}.
 */
final class TinyProgram {

  /** Where the kernel puts the file; the code starts after the two headers. */
  private static final long BASE = 0x400000;

  private static final int HEADERS = 64 + 56;

  private final String name;
  private final byte[] image;

  private TinyProgram(String name, byte[] code) {
    this.name = name;
    this.image = elf(code);
  }

  /** The root container's only process: reaps what is orphaned to it and ends on SIGTERM. */
  static TinyProgram pause() {
    // struct sigaction {handler, flags, restorer, mask}; the first lies at 0x50 behind the code.
    int ignore = 0x50;
    int terminate = ignore + 32;
    long handler = BASE + HEADERS + 0x3c;
    byte[] code =
        code(
            "b8 0d000000", //                mov  eax, 13           rt_sigaction(
            "bf 11000000", //                mov  edi, 17             SIGCHLD,
            "48 8d 35" + rel(0x11, ignore), // lea rsi, [ignore]       ignored: the kernel reaps
            "31 d2", //                      xor  edx, edx            NULL,
            "41 ba 08000000", //             mov  r10d, 8             size of the mask)
            "0f 05", //                      syscall
            "b8 0d000000", //                mov  eax, 13           rt_sigaction(
            "bf 0f000000", //                mov  edi, 15             SIGTERM,
            "48 8d 35" + rel(0x2c, terminate), // lea rsi, [terminate]
            "31 d2", //                      xor  edx, edx            NULL; r10 still holds 8)
            "0f 05", //                      syscall
            "b8 22000000", //         0x30:  mov  eax, 34           pause()
            "0f 05", //                      syscall
            "eb f7", //                      jmp  0x30
            "90 90 90", //                   nop                    (up to 0x3c)
            "b8 e7000000", //         0x3c:  mov  eax, 231          exit_group(
            "31 ff", //                      xor  edi, edi            0)
            "0f 05", //                      syscall
            "00".repeat(11)); //             (up to 0x50)
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    long saRestorer = 0x04000000; // x86-64 refuses a handler without a restorer
    data.putLong(1 /* SIG_IGN */).putLong(saRestorer).putLong(handler).putLong(0);
    data.putLong(handler).putLong(saRestorer).putLong(handler).putLong(0);
    return new TinyProgram("pause", join(code, data.array()));
  }

  /** Prints {@code /proc/version} and the kernel log: what tells gVisor's kernel from a host's. */
  static TinyProgram witness() {
    int path = 0x70;
    String syscall = "0f 05";
    byte[] code =
        code(
            "48 81 ec 00400000", //     sub  rsp, 0x4000      16 KiB to read into
            "b8 02000000", //           mov  eax, 2           open(
            "48 8d 3d" + rel(0x13, path), // lea rdi, [path]    "/proc/version",
            "31 f6", //                 xor  esi, esi           O_RDONLY,
            "31 d2", //                 xor  edx, edx           0)
            syscall,
            "89 c7", //                 mov  edi, eax         read( the file,
            "31 c0", //                 xor  eax, eax
            "48 89 e6", //              mov  rsi, rsp           the buffer,
            "ba 00400000", //           mov  edx, 0x4000        its size)
            syscall,
            "89 c2", //                 mov  edx, eax         write( as much as was read,
            "b8 01000000", //           mov  eax, 1
            "bf 01000000", //           mov  edi, 1             standard output,
            "48 89 e6", //              mov  rsi, rsp           the buffer)
            syscall,
            "b8 67000000", //           mov  eax, 103         syslog(
            "bf 03000000", //           mov  edi, 3             SYSLOG_ACTION_READ_ALL,
            "48 89 e6", //              mov  rsi, rsp           the buffer,
            "ba 00400000", //           mov  edx, 0x4000        its size)
            syscall,
            "89 c2", //                 mov  edx, eax         write( as much as was read,
            "b8 01000000", //           mov  eax, 1
            "bf 01000000", //           mov  edi, 1             standard output,
            "48 89 e6", //              mov  rsi, rsp           the buffer)
            syscall,
            "b8 e7000000", //           mov  eax, 231         exit_group(
            "31 ff", //                 xor  edi, edi           0)
            syscall);
    byte[] padding = new byte[path - code.length];
    return new TinyProgram(
        "witness", join(code, padding, "/proc/version\0".getBytes(StandardCharsets.US_ASCII)));
  }

  /**
   * Makes the folder that its first argument names, unless it is there, and writes each second of
   * the others into the file that the one before names. Exits with 0, or with the {@code errno} of
   * the open or write that failed.
   */
  static TinyProgram write() {
    return new TinyProgram(
        "write",
        code(
            "48 8d 6c 24 10", //         lea  rbp, [rsp+16]    the first argument
            "48 8b 7d 00", //            mov  rdi, [rbp]       mkdir( it,
            "be ed010000", //            mov  esi, 0x1ed         0755)
            "b8 53000000", //            mov  eax, 83
            "0f 05", //                  syscall
            "48 83 c5 08", //            add  rbp, 8           the next argument
            "48 8b 7d 00", //     0x19:  mov  rdi, [rbp]       open( it,
            "48 85 ff", //               test rdi, rdi         (none: done)
            "74 3c", //                  je   0x5e
            "be 01000000", //            mov  esi, 1             O_WRONLY,
            "31 d2", //                  xor  edx, edx           0)
            "b8 02000000", //            mov  eax, 2
            "0f 05", //                  syscall
            "85 c0", //                  test eax, eax         (refused: fail)
            "78 2c", //                  js   0x60
            "89 c7", //                  mov  edi, eax         write( the file,
            "48 8b 75 08", //            mov  rsi, [rbp+8]       the argument after it,
            "31 d2", //                  xor  edx, edx           its length)
            "80 3c 16 00", //     0x3c:  cmp  byte [rsi+rdx], 0
            "74 04", //                  je   0x46
            "ff c2", //                  inc  edx
            "eb f6", //                  jmp  0x3c
            "b8 01000000", //     0x46:  mov  eax, 1
            "0f 05", //                  syscall
            "85 c0", //                  test eax, eax         (refused: fail)
            "78 0f", //                  js   0x60
            "b8 03000000", //            mov  eax, 3           close( the file)
            "0f 05", //                  syscall
            "48 83 c5 10", //            add  rbp, 16          the next two
            "eb bb", //                  jmp  0x19
            "31 c0", //           0x5e:  xor  eax, eax
            "f7 d8", //           0x60:  neg  eax
            "89 c7", //                  mov  edi, eax         exit_group( errno)
            "b8 e7000000", //            mov  eax, 231
            "0f 05")); //                syscall
  }

  /** The path inside a root folder that {@link #install} wrote. */
  String path() {
    return "/" + name;
  }

  byte[] image() {
    return image.clone();
  }

  /** Makes {@code folder} a root file system with this program as its only file. */
  void install(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path target = folder.resolve(name);
    if (Files.exists(target)) {
      return;
    }
    // Written aside and renamed: another sandbox may be starting from the same folder.
    Path temporary = Files.createTempFile(folder.getParent(), name, ".tmp");
    Files.write(temporary, image);
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** An executable of one segment, which holds the headers, the code and its constants. */
  static byte[] elf(byte[] code) {
    ByteBuffer out = ByteBuffer.allocate(HEADERS + code.length).order(ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0); // 64 bits, little-endian
    out.putShort((short) 2).putShort((short) 62).putInt(1); // ET_EXEC, EM_X86_64, version
    out.putLong(BASE + HEADERS).putLong(64).putLong(0); // entry, program headers, no sections
    out.putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 1);
    out.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    out.putInt(1).putInt(5); // PT_LOAD, readable and executable
    out.putLong(0).putLong(BASE).putLong(BASE);
    out.putLong(out.capacity()).putLong(out.capacity()).putLong(0x1000);
    return out.put(code).array();
  }

  /** The operand of a {@code lea} whose next instruction starts at {@code next}. */
  private static String rel(int next, int target) {
    byte[] operand =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(target - next).array();
    return HexFormat.of().formatHex(operand);
  }

  private static byte[] code(String... instructions) {
    return HexFormat.of().parseHex(String.join("", instructions).replace(" ", ""));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
