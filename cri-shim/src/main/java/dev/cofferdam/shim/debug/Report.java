package dev.cofferdam.shim.debug;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The pages of a report, by path. What cannot be had becomes a page that says why. */
public final class Report {
  private static final int LONGEST_PAGE = 1 << 20;

  private final Map<String, String> pages = new LinkedHashMap<>();

  /** Something that has a page to add; blank or null: it has nothing to say. */
  @FunctionalInterface
  interface Page {
    @Nullable String text() throws Exception;
  }

  void add(String path, Page page) {
    try {
      String text = page.text();
      if (text != null && !text.isBlank()) {
        pages.put(path, end(Redaction.text(text)));
      }
    } catch (Exception e) {
      pages.put(path + ".missing", e + "\n");
    }
  }

  /** All pages, in order. */
  public Map<String, String> pages() {
    return pages;
  }

  /** Of what is too long, the end is what is new. */
  private static String end(String text) {
    return text.length() <= LONGEST_PAGE
        ? text
        : "[the beginning is left out]\n" + text.substring(text.length() - LONGEST_PAGE);
  }
}
