# Sourced by dev/test: counting tests.

# surefire_cases FOLDER: the lines that say which test cases there are and how they went, of all JUnit reports in it.
surefire_cases() {
  find "$1" -name 'TEST-*.xml' -exec grep -hE '^  <testcase |^    <(failure|error|skipped|flakyFailure|flakyError)[ />]' {} +
}

# count_results FOLDER -> "PASSED FAILED SKIPPED" over all JUnit reports and cargo's output in it.
count_results() {
  {
    surefire_cases "$1"
    find "$1" -name cargo.log -exec sed -nE 's/^test result: .* ([0-9]+) passed; ([0-9]+) failed; ([0-9]+) ignored.*/@cargo \1 \2 \3/p' {} +
  } | awk '
    /<testcase / { tests++; counted = 0 }
    /<(failure|error)[ \/>]/ && !counted { failed++; counted = 1 }
    /<skipped[ \/>]/ && !counted { skipped++; counted = 1 }
    /^@cargo/ { tests += $2 + $3 + $4; failed += $3; skipped += $4 }
    END { printf "%d %d %d\n", tests - failed - skipped, failed, skipped }'
}

# unsteady_tests FOLDER: the tests that failed once and then passed.
unsteady_tests() {
  surefire_cases "$1" | awk '
    /<testcase / { name = $0; sub(/.* name="/, "", name); sub(/".*/, "", name)
                   class = $0; sub(/.* classname="/, "", class); sub(/".*/, "", class) }
    /<flaky(Failure|Error)[ \/>]/ { print class "." name }' | sort -u
}
