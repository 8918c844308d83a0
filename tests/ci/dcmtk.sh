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

# One MR slice in five transfer syntaxes and a photograph in JPEG: each is stored as it came.
five_transfer_syntaxes() {
  local dir="$work/syntaxes" slice found
  mkdir -p "$dir"; slice="$(first_file "$work/mr")"
  dcmconv +te "$slice" "$dir/explicit.dcm"
  dcmconv +ti "$slice" "$dir/implicit.dcm"
  dcmcrle "$slice" "$dir/rle.dcm"
  dcmcjpeg +e1 "$slice" "$dir/jpeg-lossless.dcm"
  dcmcjpls +el "$slice" "$dir/jpeg-ls.dcm"
  start_ours syntaxes --roles listener --allow DCMTK
  storescu -aet DCMTK -aec VMUNET -R -xe 127.0.0.1 "$ours" "$dir/explicit.dcm"
  storescu -aet DCMTK -aec VMUNET -R -xi 127.0.0.1 "$ours" "$dir/implicit.dcm"
  storescu -aet DCMTK -aec VMUNET -R -xr 127.0.0.1 "$ours" "$dir/rle.dcm"
  storescu -aet DCMTK -aec VMUNET -R -xs 127.0.0.1 "$ours" "$dir/jpeg-lossless.dcm"
  storescu -aet DCMTK -aec VMUNET -R -xt 127.0.0.1 "$ours" "$dir/jpeg-ls.dcm"
  stop_ours
  found="$(find "$work/syntaxes-data/spool" -type f -name '*.dcm' | while read -r f; do transfer_syntax "$f"; done | LC_ALL=C sort)"
  echo "$found"
  test "$found" = "$(printf '%s\n' 1.2.840.10008.1.2 1.2.840.10008.1.2.1 1.2.840.10008.1.2.4.70 1.2.840.10008.1.2.4.80 1.2.840.10008.1.2.5)"
}

# A query that we do not serve is refused, and the next caller is served all the same.
findscu_to_us() {
  start_ours nofind --roles listener --allow DCMTK
  if findscu -aet DCMTK -aec VMUNET -S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID 127.0.0.1 "$ours"; then
    echo "a query was accepted"; return 1; fi
  echoscu -aet DCMTK -aec VMUNET 127.0.0.1 "$ours"
  stop_ours
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

# make_certificates DIR: an authority with certificates for localhost and for a caller named ct1.site.
make_certificates() {
  local name
  mkdir -p "$1"
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test authority" -keyout "$1/ca.key" -out "$1/ca.pem" 2>/dev/null
  for name in localhost ct1.site; do
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$1/$name.key" -out "$1/$name.csr" 2>/dev/null
    printf 'subjectAltName=DNS:%s\n' "$name" >"$1/$name.ext"
    openssl x509 -req -in "$1/$name.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 2 -extfile "$1/$name.ext" \
      -out "$1/$name.pem" 2>/dev/null
  done
}

tls_both_ways() {
  local c="$work/tls" port pid
  make_certificates "$c"
  start_ours tls --roles listener --tls-port 0 --tls-cert "$c/localhost.pem" --tls-key "$c/localhost.key" --tls-ca "$c/ca.pem" \
    --allow DCMTK@cert:ct1.site
  port="$(sed -n 's/^ready .* tls=[^ ]*:\([0-9]*\)$/\1/p' "$work/tls.log")"
  echoscu +tls "$c/ct1.site.key" "$c/ct1.site.pem" +cf "$c/ca.pem" -aet DCMTK -aec VMUNET localhost "$port"
  storescu +tls "$c/ct1.site.key" "$c/ct1.site.pem" +cf "$c/ca.pem" -aet DCMTK -aec VMUNET +sd localhost "$port" "$work/mr"
  if echoscu +tls "$c/localhost.key" "$c/localhost.pem" +cf "$c/ca.pem" -aet DCMTK -aec VMUNET localhost "$port"; then
    echo "the title was let in with another certificate than its own"; return 1; fi
  if echoscu +tla +cf "$c/ca.pem" -aet DCMTK -aec VMUNET localhost "$port"; then echo "no certificate was asked for"; return 1; fi
  if echoscu -aet DCMTK -aec VMUNET 127.0.0.1 "$ours"; then echo "a title bound to a certificate came in plainly"; return 1; fi
  stop_ours
  port="$(free_port)"; mkdir -p "$work/storescp-tls"
  storescp +tls "$c/localhost.key" "$c/localhost.pem" +cf "$c/ca.pem" -aet ARCHIVE -od "$work/storescp-tls" "$port" &
  pid=$!
  sleep 1
  ./vmunet send "$work/mr" "localhost:$port" --called ARCHIVE --tls --tls-ca "$c/ca.pem" --tls-cert "$c/ct1.site.pem" --tls-key "$c/ct1.site.key"
  if ./vmunet echo "localhost:$port" --called ARCHIVE --tls; then echo "an unknown authority was trusted"; return 1; fi
  kill "$pid"
  test "$(find "$work/storescp-tls" -type f | wc -l)" -eq "$(find "$work/mr" -type f | wc -l)"
}

turned_away_then_allowed() {
  start_ours callers --roles listener --allow NOBODY
  if echoscu -aet STRANGER -aec VMUNET 127.0.0.1 "$ours"; then echo "an unknown calling title was accepted"; return 1; fi
  sleep 2
  ./vmunet callers list --data-dir "$work/callers-data" | grep STRANGER
  ./vmunet callers allow STRANGER@127.0.0.1 --data-dir "$work/callers-data"
  sleep 2
  echoscu -aet STRANGER -aec VMUNET 127.0.0.1 "$ours"
  stop_ours
}

query_and_retrieve() {
  local port study files
  port="$(free_port)"; mkdir -p "$work/qr/db"
  start_ours retrieve --roles listener
  printf '%s\n' "NetworkTCPPort = $port" "MaxPDUSize = 16384" "MaxAssociations = 16" "HostTable BEGIN" \
    "ours = (VMUNET_BATCH, 127.0.0.1, $ours)" "HostTable END" "VendorTable BEGIN" "VendorTable END" "AETable BEGIN" \
    "ARCHIVE $work/qr/db RW (100, 1024mb) ANY" "AETable END" >"$work/qr/dcmqrscp.cfg"
  dcmqrscp -c "$work/qr/dcmqrscp.cfg" &
  local pid=$!
  sleep 1
  ./vmunet send "$work/mr" "127.0.0.1:$port" --called ARCHIVE
  study="$(attribute "$(first_file "$work/mr")" StudyInstanceUID)"; files="$(find "$work/mr" -type f | wc -l)"
  ./vmunet find "127.0.0.1:$port" --called ARCHIVE --level study --key PatientID=* --json >"$work/found.json"
  test "$(json "$work/found.json" matches.0.StudyInstanceUID)" = "$study"
  findscu -aet VMUNET -aec ARCHIVE -S -k QueryRetrieveLevel=STUDY -k PatientID='*' -k StudyInstanceUID 127.0.0.1 "$port" >"$work/findscu.txt" 2>&1
  grep -qF "[$study" "$work/findscu.txt"
  ./vmunet move "127.0.0.1:$port" --called ARCHIVE --study "$study" --json >"$work/moved.json"
  test "$(json "$work/moved.json" completed)" -eq "$files"
  kill "$pid"
  stop_ours
  test "$(find "$work/retrieve-data/spool" -type f -name '*.dcm' | wc -l)" -eq "$files"
}
