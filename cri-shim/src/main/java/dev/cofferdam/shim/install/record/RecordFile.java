package dev.cofferdam.shim.install.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import dev.cofferdam.shim.install.host.FileImage;
import dev.cofferdam.shim.install.host.HostFiles;
import dev.cofferdam.shim.install.payload.Versions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The record on disk: one file, replaced as a whole, which is there before what it announces. */
public final class RecordFile {
  static final String FILE = Versions.RECORDS + "/record.json";

  /** It holds kubelet's configuration as it was. */
  private static final int MODE = 0600;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private final HostFiles files;

  public RecordFile(HostFiles files) {
    this.files = files;
  }

  /**
   * What is known; {@link NodeRecord#nothing} where nothing is.
   *
   * @throws SandboxException CORRUPT_STATE when it can't be read: nothing must be done then
   */
  public NodeRecord read() throws IOException {
    Optional<String> text = files.text(FILE);
    if (text.isEmpty()) {
      return NodeRecord.nothing();
    }
    try {
      NodeRecord record = JSON.readValue(text.get(), NodeRecord.class);
      if (record.format() == NodeRecord.FORMAT) {
        return record;
      }
      throw corrupt("it has format " + record.format() + "; use the version that wrote it");
    } catch (JsonProcessingException e) {
      throw corrupt(e.getOriginalMessage());
    }
  }

  private static SandboxException corrupt(String why) {
    return new SandboxException(
        ErrorCode.CORRUPT_STATE,
        "cannot use %s, which says how to undo the installation: %s".formatted(FILE, why));
  }

  /** Replaces the record. */
  public void write(NodeRecord record) throws IOException {
    byte[] json = JSON.writeValueAsString(record).getBytes(StandardCharsets.UTF_8);
    files.makeFolder(Versions.RECORDS);
    files.write(FILE, new FileImage(json, MODE, 0, 0, System.currentTimeMillis()));
  }

  /** Removes it, with the folders that then are empty. */
  public void remove() throws IOException {
    files.remove(FILE);
    files.removeIfEmpty(Versions.RECORDS);
    files.removeIfEmpty(Versions.FOLDER);
  }
}
