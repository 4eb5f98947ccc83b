package dev.cofferdam.shim.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cofferdam.cri.v1.LinuxContainerSecurityContext;
import dev.cofferdam.cri.v1.SecurityProfile;
import dev.cofferdam.cri.v1.SecurityProfile.ProfileType;
import dev.cofferdam.sandbox.ErrorCode;
import dev.cofferdam.sandbox.SandboxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeccompProfilesTest {
  @TempDir Path folder;

  private Optional<Path> write(SecurityProfile.Builder profile, boolean privileged, String... caps)
      throws Exception {
    return SeccompProfiles.write(
        LinuxContainerSecurityContext.newBuilder()
            .setSeccomp(profile)
            .setPrivileged(privileged)
            .build(),
        Set.of(caps),
        folder);
  }

  private static SecurityProfile.Builder of(ProfileType type) {
    return SecurityProfile.newBuilder().setProfileType(type);
  }

  private static JsonNode json(Optional<Path> file) throws Exception {
    return new ObjectMapper().readTree(Files.readAllBytes(file.orElseThrow()));
  }

  private static Set<String> allowedAlways(JsonNode profile) {
    Set<String> names = new HashSet<>();
    for (JsonNode rule : profile.path("syscalls")) {
      if (rule.path("args").isEmpty() && rule.path("action").asText().equals("SCMP_ACT_ALLOW")) {
        rule.path("names").forEach(name -> names.add(name.asText()));
      }
    }
    return names;
  }

  @Test
  void noProfile_unconfinedAndPrivileged_filterNothing() throws Exception {
    assertEquals(
        Optional.empty(),
        SeccompProfiles.write(
            LinuxContainerSecurityContext.getDefaultInstance(), Set.of(), folder));
    assertEquals(Optional.empty(), write(of(ProfileType.Unconfined), false));
    assertEquals(Optional.empty(), write(of(ProfileType.RuntimeDefault), true));
    assertEquals(Optional.empty(), write(of(ProfileType.Localhost).setLocalhostRef("/none"), true));
  }

  @Test
  void runtimeDefault_barsWhatNeedsACapability_untilThereIsThatCapability() throws Exception {
    JsonNode plain = json(write(of(ProfileType.RuntimeDefault), false));
    assertEquals("SCMP_ACT_ERRNO", plain.path("defaultAction").asText());
    Set<String> allowed = allowedAlways(plain);
    assertTrue(allowed.containsAll(List.of("read", "openat", "execve", "futex", "rseq")));
    for (String barred :
        List.of(
            "mount",
            "unshare",
            "bpf",
            "clone",
            "clone3",
            "socket",
            "io_uring_setup",
            "kexec_load")) {
      assertFalse(allowed.contains(barred), barred);
    }
    JsonNode admin = json(write(of(ProfileType.RuntimeDefault), false, "CAP_SYS_ADMIN"));
    assertTrue(allowedAlways(admin).containsAll(List.of("mount", "unshare", "clone", "clone3")));
    assertFalse(allowedAlways(admin).contains("io_uring_setup"));
  }

  @Test
  void runtimeDefault_clone3_isNotImplementedSoThatCallersTakeClone() throws Exception {
    JsonNode rules = json(write(of(ProfileType.RuntimeDefault), false)).path("syscalls");
    JsonNode clone3 =
        StreamSupport.stream(rules.spliterator(), false)
            .filter(rule -> rule.path("names").path(0).asText().equals("clone3"))
            .findFirst()
            .orElseThrow();
    assertEquals(38, clone3.path("errnoRet").asInt());
  }

  @Test
  void runtimeDefault_isAProfileThatWeWouldTakeFromTheNode() throws Exception {
    Path file = write(of(ProfileType.RuntimeDefault), false).orElseThrow();
    assertEquals(
        json(Optional.of(file)), new ObjectMapper().readTree(SeccompForm.read(file).toString()));
  }

  @Test
  void localhost_isWhatTheFileSays_whenTheContainerWasMade() throws Exception {
    Path file = folder.resolve("of-node.json");
    Files.writeString(
        file,
        """
        {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "comment": "x",
         "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
           "args": [{"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"}]}]}
        """);
    JsonNode profile =
        json(write(of(ProfileType.Localhost).setLocalhostRef(file.toString()), false));
    assertEquals(
        new ObjectMapper()
            .readTree(
                """
                {"defaultAction": "SCMP_ACT_ALLOW",
                 "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1,
                   "args": [{"index": 0, "value": 18446744073709551615, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]}]}
                """),
        profile);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{ | it is not JSON",
        "[] | no JSON object",
        "{} | defaultAction is \"\"",
        "{\"defaultAction\": \"SCMP_ACT_MAYBE\"} | SCMP_ACT_MAYBE",
        "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": -3} | defaultErrnoRet",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": 7} | syscalls is no list",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\": \"SCMP_ACT_ALLOW\"}]} | syscalls[0].names",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"x\"]}]} | syscalls[0].action",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"x\"], \"action\": \"SCMP_ACT_ALLOW\","
            + " \"args\": [{\"index\": 6, \"op\": \"SCMP_CMP_EQ\"}]}]} | syscalls[0].args[0].index",
        "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"x\"], \"action\": \"SCMP_ACT_ALLOW\","
            + " \"args\": [{\"index\": 0, \"value\": -1, \"op\": \"SCMP_CMP_EQ\"}]}]} | args[0].value",
      })
  void localhost_fileWithAFault_isRefusedWithItsPlace(String text, String place) throws Exception {
    Path file = Files.writeString(folder.resolve("bad.json"), text);
    String message = refusal(file.toString());
    assertTrue(message.contains(place) && message.contains(file.toString()), message);
  }

  @Test
  void localhost_fileThatIsNone_isRefused() throws Exception {
    assertTrue(refusal(folder.resolve("nothing").toString()).contains("not there"));
    assertTrue(refusal(folder.toString()).contains("no file"));
    assertTrue(refusal("profiles/relative.json").contains("no absolute path"));
    Path huge = Files.write(folder.resolve("huge"), new byte[(1 << 20) + 1]);
    assertTrue(refusal(huge.toString()).contains("longer"));
  }

  private String refusal(String reference) {
    SandboxException e =
        assertThrows(
            SandboxException.class,
            () -> write(of(ProfileType.Localhost).setLocalhostRef(reference), false));
    assertEquals(ErrorCode.INVALID_ARGUMENT, e.code());
    return String.valueOf(e.getMessage());
  }
}
