package dev.cofferdam.e2e;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A pod with one container.
 *
 * @param runtimeClass blank for the node's default, runc
 * @param command arguments instead of the image's; none for the image's own
 */
record Pod(String name, String runtimeClass, String image, List<String> command) {

  static Pod named(String name) {
    return new Pod(name, "", "busybox", List.of("sleep", "100000"));
  }

  /** A pod that serves nginx's page on port 80. */
  static Pod nginx(String name) {
    return new Pod(name, "", "nginx", List.of());
  }

  Pod runtimeClass(String other) {
    return new Pod(name, other, image, command);
  }

  Pod image(String other, String... arguments) {
    return new Pod(name, runtimeClass, other, List.of(arguments));
  }

  Pod shell(String script) {
    return new Pod(name, runtimeClass, image, List.of("sh", "-c", script));
  }

  String yaml() {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          %s
          restartPolicy: Never
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: %s
            imagePullPolicy: IfNotPresent
            args: [%s]
            # To read the kernel's log, which tells whose kernel it is.
            securityContext: {capabilities: {add: [SYSLOG]}}
        """
        .formatted(
            name,
            runtimeClass.isEmpty() ? "" : "runtimeClassName: " + runtimeClass,
            image,
            command.stream().map(Pod::quoted).collect(Collectors.joining(", ")));
  }

  private static String quoted(String argument) {
    return "'" + argument.replace("'", "''") + "'";
  }
}
