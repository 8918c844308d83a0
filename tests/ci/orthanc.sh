# shellcheck shell=bash
# A real PACS sends to us and keeps what we return. Sourced by .ci/run after dcmtk.sh and seg.sh.
orthanc="$shared/oracles/orthanc/orthanc.py"

# wait_for_commitment DATA: the archive's storage commitment comes to our listener on an association of its own.
wait_for_commitment() {
  local end=$((SECONDS + 90))
  until ./vmunet deliveries list --data-dir "$1" --json >"$work/deliveries.json" &&
    [ "$(json "$work/deliveries.json" deliveries.0.confirmation)" = confirmed ]; do
    if [ "$SECONDS" -ge "$end" ]; then echo "no storage commitment within 90 s"; cat "$work/deliveries.json"; return 1; fi
    sleep 2
  done
}

# orthanc_round_trip NAME FOLDER DIMENSIONS
orthanc_round_trip() {
  local dicom http first dir="$work/orthanc"
  dicom="$(free_port)"; http="$(free_port)"; first="$(first_file "$2")"
  start_ours "orthanc-$1" --allow ORTHANC --destination "ORTHANC=ORTHANC@127.0.0.1:$dicom"
  /usr/bin/python3 "$orthanc" stop --dir "$dir"; rm -rf "$dir"
  /usr/bin/python3 "$orthanc" start --dir "$dir" --dicom-port "$dicom" --http-port "$http" --remote-aet VMUNET --remote-port "$ours"
  /usr/bin/python3 "$orthanc" upload --http-port "$http" "$2"
  /usr/bin/python3 "$orthanc" roundtrip --http-port "$http" --series "$(attribute "$first" SeriesInstanceUID)" \
    --study "$(attribute "$first" StudyInstanceUID)" --timeout 400 --out "$work/orthanc-$1.seg.dcm"
  wait_for_commitment "$work/orthanc-$1-data"
  /usr/bin/python3 "$orthanc" stop --dir "$dir"
  stop_ours
  /usr/bin/python3 "$check_seg" "$work/orthanc-$1.seg.dcm" --source "$2" --truth-dims "$3" \
    --truth-raw "$(first_file "$work/segmented-$4" '*.labels.raw')"
}

orthanc_photograph() { orthanc_round_trip photograph "$work/derm" 1,256,256 lesion-dermoscopy; }

orthanc_mr() { orthanc_round_trip mr "$work/mr" 36,256,256 abdomen-mr-4; }

# Ends the one that start_orthanc_tls began.
stop_orthanc() { kill -TERM "$orthanc_pid"; wait "$orthanc_pid" || true; }

# start_orthanc_tls DIR DICOM_PORT HTTP_PORT OUR_PORT CERTIFICATES: Orthanc with TLS in both directions, certificates required.
start_orthanc_tls() {
  local dir="$1" end=$((SECONDS + 60))
  mkdir -p "$dir"
  cat >"$dir/orthanc.json" <<JSON
{ "StorageDirectory": "$dir", "IndexDirectory": "$dir", "Plugins": [], "HttpPort": $3, "RemoteAccessAllowed": false,
  "AuthenticationEnabled": false, "DicomAet": "ORTHANC", "DicomPort": $2, "DicomAlwaysAllowEcho": true, "DicomAlwaysAllowStore": true,
  "DicomCheckModalityHost": false, "DicomTlsEnabled": true, "DicomTlsCertificate": "$5/localhost.pem",
  "DicomTlsPrivateKey": "$5/localhost.key", "DicomTlsTrustedCertificates": "$5/ca.pem",
  "DicomModalities": { "listener": { "AET": "VMUNET", "Host": "localhost", "Port": $4, "UseDicomTls": true } } }
JSON
  "$(command -v Orthanc || echo /usr/sbin/Orthanc)" "$dir/orthanc.json" >"$dir/orthanc.log" 2>&1 &
  orthanc_pid=$!
  until /usr/bin/python3 - "$3" 2>/dev/null <<'PY'
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
opener.open("http://127.0.0.1:%s/system" % sys.argv[1], timeout=5).read()
PY
  do
    if [ "$SECONDS" -ge "$end" ]; then echo "Orthanc did not start"; tail -30 "$dir/orthanc.log"; return 1; fi
    sleep 0.3
  done
}

orthanc_tls() {
  local dicom http port dir="$work/orthanc-tls" c="$work/tls-orthanc" first files
  make_certificates "$c"
  start_ours orthanc-tls --roles listener --tls-port 0 --tls-cert "$c/localhost.pem" --tls-key "$c/localhost.key" --tls-ca "$c/ca.pem" \
    --allow ORTHANC@cert:localhost
  port="$(sed -n 's/^ready .* tls=[^ ]*:\([0-9]*\)$/\1/p' "$work/orthanc-tls.log")"
  dicom="$(free_port)"; http="$(free_port)"
  start_orthanc_tls "$dir" "$dicom" "$http" "$port" "$c"
  local secure=(--called ORTHANC --tls --tls-ca "$c/ca.pem" --tls-cert "$c/ct1.site.pem" --tls-key "$c/ct1.site.key")
  ./vmunet send "$work/mr" "localhost:$dicom" "${secure[@]}"
  if ./vmunet echo "127.0.0.1:$dicom" --called ORTHANC; then echo "Orthanc answered without TLS"; return 1; fi
  first="$(first_file "$work/mr")"; files="$(find "$work/mr" -type f | wc -l)"
  /usr/bin/python3 "$orthanc" send --http-port "$http" --series "$(attribute "$first" SeriesInstanceUID)" --timeout 120
  stop_orthanc
  stop_ours
  test "$(find "$work/orthanc-tls-data/spool" -type f -name '*.dcm' | wc -l)" -eq "$files"
}
