package dev.cofferdam.policy;

/** The syntax of Kubernetes' labels and taint keys (apimachinery's util/validation). */
final class Labels {

  static final String KEY =
      "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";
  static final String VALUE = "^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$";

  static final String KEY_RULE =
      "not a label key: [DNS name/]name, the name at most 63 letters, digits, '-', '_' and '.'";
  static final String VALUE_RULE =
      "not a label value: at most 63 letters, digits, '-', '_' and '.', or blank";

  private Labels() {}
}
