# shellcheck shell=bash
# Steps, their count and their logs. A step ends what it started. Sourced by .ci/run.
work="$(mktemp -d)"
export VMUNET_DATA="$work/data"
steps_passed=0; steps_failed=0

clean_up() {
  if [ -x /usr/bin/python3 ] && [ -d "$work/orthanc" ] && [ -n "${shared:-}" ]; then
    /usr/bin/python3 "$shared/oracles/orthanc/orthanc.py" stop --dir "$work/orthanc" >/dev/null 2>&1
  fi
  rm -rf "$work"
}
trap clean_up EXIT

count() { # NAME CODE SECONDS
  if [ "$2" -eq 0 ]; then steps_passed=$((steps_passed + 1)); echo "ok    $1 ($3 s)"
  else steps_failed=$((steps_failed + 1)); echo "FAIL  $1 ($3 s)"; fi
}

# step NAME COMMAND...: quiet while it goes well; its log's end when not.
step() {
  local name="$1" log start=$SECONDS code; shift
  log="$work/step-$((steps_passed + steps_failed + 1)).log"
  ( set -e; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT; "$@" ) >"$log" 2>&1; code=$?
  if [ "$code" -ne 0 ]; then tail -60 "$log"; fi
  count "$name" "$code" "$((SECONDS - start))"
  [ ! -s "$log" ] || grep '^note: ' "$log" || true
}

# step_shown NAME COMMAND...: the same with its output shown as it comes.
step_shown() {
  local name="$1" start=$SECONDS code; shift
  ( "$@" ); code=$?
  count "$name" "$code" "$((SECONDS - start))"
}

summary() {
  echo "$steps_passed passed, $steps_failed failed"
  [ "$steps_failed" -eq 0 ]
}

free_port() { /usr/bin/python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

# wait_for_line FILE PATTERN SECONDS
wait_for_line() {
  local end=$((SECONDS + $3))
  until grep -q "$2" "$1" 2>/dev/null; do
    if [ "$SECONDS" -ge "$end" ]; then echo "no line '$2' within $3 s"; tail -20 "$1"; return 1; fi
    sleep 0.2
  done
}

# A field of a JSON file: json FILE a.b.0.c
json() { /usr/bin/python3 - "$1" "$2" <<'PY'
import json, sys
value = json.load(open(sys.argv[1]))
for part in sys.argv[2].split("."):
    value = value[int(part)] if isinstance(value, list) else value[part]
print(value)
PY
}

# A DICOM attribute of a file: attribute FILE StudyInstanceUID
attribute() { /usr/bin/python3 -c 'import pydicom,sys; print(getattr(pydicom.dcmread(sys.argv[1], stop_before_pixels=True), sys.argv[2]))' "$1" "$2"; }

transfer_syntax() { /usr/bin/python3 -c 'import pydicom,sys; print(pydicom.filereader.read_file_meta_info(sys.argv[1]).TransferSyntaxUID)' "$1"; }

first_file() { find "$1" -type f -name "${2:-*}" | LC_ALL=C sort | head -1; }
