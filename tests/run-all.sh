#!/usr/bin/env bash
# Runs every built test program and sums up. The launcher builds first: use `./vmunet test [--quick]`.
#   --quick   leaves out tests with the trait speed=slow
# Closing line: 'N passed, N failed, N skipped'. A program that gives no count is one failure.
set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
results="$(dirname "$here")/artifacts/test-results"
options=()
for argument in "$@"; do
  case "$argument" in
    --quick) options+=(--filter-not-trait "speed=slow") ;;
    *) echo "vmunet test: unknown argument '$argument' (known: --quick)" >&2; exit 2 ;;
  esac
done

rm -rf "$results"; mkdir -p "$results"
passed=0; failed=0; skipped=0; found=0

attribute() { grep -o "<assembly [^>]*" "$1" | head -1 | grep -o " $2=\"[0-9]*\"" | tr -dc 0-9; }


for project in "$here"/VMUNet.*.Tests; do
  name="$(basename "$project")"
  program="$project/bin/Release/net10.0/linux-x64/$name"
  found=$((found + 1))
  start=$SECONDS
  if [ ! -x "$program" ]; then echo "FAIL  $name: not built" >&2; failed=$((failed + 1)); continue; fi
  report="$results/$name.xml"
  timeout --kill-after=30 900 "$program" --progress off --ignore-exit-code 8 --results-directory "$results" \
    --report-xunit-xml --report-xunit-xml-filename "$name.xml" ${options[@]+"${options[@]}"} >"$results/$name.log" 2>&1
  code=$?
  if [ ! -s "$report" ] || [ -z "$(attribute "$report" total)" ]; then
    tail -40 "$results/$name.log"
    echo "FAIL  $name: ended with $code and gave no count"
    failed=$((failed + 1)); continue
  fi
  good="$(attribute "$report" passed)"; bad="$(attribute "$report" failed)"; left="$(attribute "$report" skipped)"
  errors="$(attribute "$report" errors)"; bad=$((bad + ${errors:-0}))
  if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
  passed=$((passed + good)); failed=$((failed + bad)); skipped=$((skipped + left))
  word=ok; [ "$bad" -eq 0 ] || { word=FAIL; tail -200 "$results/$name.log"; }
  printf '%-5s %s: %s passed, %s failed, %s skipped in %s s\n' "$word" "$name" "$good" "$bad" "$left" "$((SECONDS - start))"
  grep -E '^ *skipped ' -A 1 "$results/$name.log" || true
done

[ "$found" -gt 0 ] || { echo "no test program found"; failed=1; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
