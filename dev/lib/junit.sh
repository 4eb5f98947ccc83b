# Sourced by dev/test: counting tests.

# count_results FOLDER -> "PASSED FAILED SKIPPED" over all JUnit reports and cargo's output in it.
count_results() {
  {
    find "$1" -name 'TEST-*.xml' -exec grep -hm1 -A20 '<testsuite ' {} + | tr '\n' ' ' | sed 's/<testsuite /\n&/g' | grep '^<testsuite ' |
      sed -E 's/.* tests="([0-9]+)".*/& @tests \1/; s/.* failures="([0-9]+)".*/& @failures \1/; s/.* errors="([0-9]+)".*/& @errors \1/; s/.* skipped="([0-9]+)".*/& @skipped \1/; s/^[^@]*//'
    find "$1" -name cargo.log -exec sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed; ([0-9]+) ignored.*/@cargo \1 \2 \3/p' {} +
  } | awk '
    { for (i = 1; i <= NF; i++) {
        if ($i == "@tests") tests += $(i + 1)
        if ($i == "@failures" || $i == "@errors") failed += $(i + 1)
        if ($i == "@skipped") skipped += $(i + 1)
        if ($i == "@cargo") { tests += $(i + 1) + $(i + 2) + $(i + 3); failed += $(i + 2); skipped += $(i + 3) } } }
    END { printf "%d %d %d\n", tests - failed - skipped, failed, skipped }'
}
