package dev.cofferdam.shim.log;

/** One of a container's two outputs. */
enum LogStream {
  STDOUT("stdout"),
  STDERR("stderr");

  private final String label;

  LogStream(String label) {
    this.label = label;
  }

  /** As it stands in a log record, and the name of its pipe; both have six letters. */
  String label() {
    return label;
  }
}
