package dev.cofferdam.shim.install.record;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.cofferdam.shim.install.host.FileImage;
import java.util.Base64;

/**
 * A file as it was, inside a record.
 *
 * @param content in base64
 */
public record SavedFile(String content, int mode, int uid, int gid, long modifiedMillis) {

  public static SavedFile of(FileImage image) {
    return new SavedFile(
        Base64.getEncoder().encodeToString(image.content()),
        image.mode(),
        image.uid(),
        image.gid(),
        image.modifiedMillis());
  }

  @JsonIgnore
  public FileImage image() {
    return new FileImage(Base64.getDecoder().decode(content), mode, uid, gid, modifiedMillis);
  }
}
