package dev.cofferdam.policy;

import io.fabric8.kubernetes.api.model.Quantity;

/** The amounts of CPU and memory that policies may name: positive, in Kubernetes' notation. */
final class Quantities {

  // In CEL, since the pattern of a schema does not reach a field that may be a number or a string.
  static final String CPU =
      "!has(self.cpu) || (type(self.cpu) == int ? self.cpu > 0 : isQuantity(self.cpu)"
          + " && quantity(self.cpu).isGreaterThan(quantity('0')))";
  static final String MEMORY =
      "!has(self.memory) || (type(self.memory) == int ? self.memory > 0 : isQuantity(self.memory)"
          + " && quantity(self.memory).isGreaterThan(quantity('0')))";

  static final String RULE = "not a positive quantity, such as 100m or 64Mi";

  private Quantities() {}

  static boolean isPositive(Quantity quantity) {
    try {
      return quantity.getNumericalAmount().signum() > 0;
    } catch (RuntimeException e) {
      // The client's parser throws more than one kind of exception on what is no quantity.
      return false;
    }
  }
}
