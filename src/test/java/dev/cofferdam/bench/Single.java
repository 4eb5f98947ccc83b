package dev.cofferdam.bench;

/**
 * One number of ours, with nothing beside it.
 *
 * @param most what it may be at most; 0: it is only told
 */
record Single(String name, String unit, double value, double most) {

  boolean met() {
    return most == 0 || value <= most;
  }
}
