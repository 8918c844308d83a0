# shellcheck shell=bash
# DCMTK's programs against our listener and our sender. Sourced by .ci/run.
ours=""

# start_ours NAME ARGUMENT...: our product with its own data folder; sets $ours to its DICOM port and $ours_pid.
start_ours() {
  local name="$1" log="$work/$1.log"; shift
  ./vmunet up --data-dir "$work/$name-data" --dicom-port 0 --web-port 0 "$@" >"$log" 2>"$log.err" &
  ours_pid=$!
  if ! wait_for_line "$log" '^ready dicom=' 120; then tail -30 "$log.err"; kill "$ours_pid"; return 1; fi
  ours="$(sed -n 's/^ready dicom=[^ ]*:\([0-9]*\) .*/\1/p' "$log" | head -1)"
}

stop_ours() { kill -TERM "$ours_pid"; wait "$ours_pid"; }

echoscu_to_us() {
  start_ours echo --roles listener --allow DCMTK
  echoscu -aet DCMTK -aec VMUNET 127.0.0.1 "$ours"
  if echoscu -aet DCMTK -aec WRONG 127.0.0.1 "$ours"; then echo "a wrong called title was accepted"; return 1; fi
  if echoscu -aet STRANGER -aec VMUNET 127.0.0.1 "$ours"; then echo "an unknown calling title was accepted"; return 1; fi
  stop_ours
}

storescu_to_us() {
  start_ours store --roles listener --allow DCMTK
  storescu -aet DCMTK -aec VMUNET +sd 127.0.0.1 "$ours" "$work/mr"
  storescu -aet DCMTK -aec VMUNET +sd -xi 127.0.0.1 "$ours" "$work/mr"
  storescu -aet DCMTK -aec VMUNET -R 127.0.0.1 "$ours" "$(first_file "$work/derm")"
  stop_ours
  local files instances
  files="$(find "$work/store-data/spool" -type f -name '*.dcm' | wc -l)"
  instances="$(find "$work/mr" "$work/derm" -type f | wc -l)"
  echo "$files stored of $instances sent"
  test "$files" -ge "$instances"
}

send_to_storescp() {
  local port sent
  port="$(free_port)"; mkdir -p "$work/storescp"
  storescp -aet ARCHIVE -od "$work/storescp" --fork "$port" &
  local pid=$!
  sleep 1
  ./vmunet echo "127.0.0.1:$port" --called ARCHIVE
  ./vmunet send "$work/mr" "$work/derm" "127.0.0.1:$port" --called ARCHIVE
  kill "$pid"
  sent="$(find "$work/mr" "$work/derm" -type f | wc -l)"
  test "$(find "$work/storescp" -type f | wc -l)" -eq "$sent"
  if ./vmunet echo "127.0.0.1:$port" --called ARCHIVE; then echo "echo to a closed port reported success"; return 1; fi
}
