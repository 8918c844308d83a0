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
