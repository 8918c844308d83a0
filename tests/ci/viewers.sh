# shellcheck shell=bash
# Viewers that people have show our SEG where it belongs: OHIF fed by Orthanc, dwv, and the adapters that OHIF loads with.
# Sourced by .ci/run behind seg.sh, whose SEGs are looked at again. ORACLE_MODULES may name a folder that is kept.
export ORACLE_MODULES="${ORACLE_MODULES:-$work/oracle-modules}"
check_seg="$shared/oracles/check_seg.py"
least_iou=0.99

# Debian and npm packages of the oracle kit. Its own retries are for locks; these are for a network that fails once.
install_viewers() {
  local try
  if ! command -v npm >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm nodejs ||
      { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm nodejs; }
  fi
  for try in 1 2 3; do
    if "$shared/oracles/install.sh"; then return 0; fi
    echo "try $try failed"
    sleep $((try * 5))
  done
  echo "the viewers could not be installed: Debian packages chromium, orthanc-dicomweb and npm packages are needed"
  return 1
}

# shown_by_ohif NAME SEG SOURCE TRUTH SLICES: every image pixel of these slices, by screenshots. A busy machine may be too slow
# once; the second look waits longer. OHIF turns CIELab into colours without adapting the white point: up to 24 of 255 off.
shown_by_ohif() {
  local out="$work/ohif-$1" seconds
  for seconds in 30 90; do
    if node "$shared/oracles/ohif/shot.mjs" "$2" --source "$3" --out "$out" --truth-raw "$4" --slices "$5" \
      --min-iou "$least_iou" --max-colour-error 32 --timeout "$seconds" >"$out.json"; then
      echo "note: OHIF shows $1 with IoU $(/usr/bin/python3 -c '
import json, sys
print(", ".join("%.4f" % s["iou"] for s in json.load(open(sys.argv[1]))["slices"]))' "$out.json")"
      return 0
    fi
    cat "$out.json"
  done
  return 1
}

# shown_by_dwv NAME SEG SOURCE: the middle slice of the SEG.
shown_by_dwv() {
  local out="$work/dwv-$1" try
  for try in 1 2; do
    if node "$shared/oracles/viewer/shot.mjs" "$2" --source "$3" --out "$out" --slices mid --min-iou "$least_iou" >"$out.json"; then
      return 0
    fi
    echo "$1, try $try"; cat "$out.json"
  done
  return 1
}

# read_by_adapters NAME SEG SOURCE: counts, volumes and centres equal those of an independent decoder.
read_by_adapters() {
  local out="$work/adapters-$1"
  /usr/bin/python3 "$check_seg" "$2" --source "$3" >"$out.a.json"
  node "$shared/oracles/dump_seg_dcmjs.mjs" "$2" --source "$3" >"$out.b.json"
  /usr/bin/python3 "$shared/oracles/compare_dumps.py" "$out.a.json" "$out.b.json"
}

# A photograph of a size that is no multiple of eight, segmented by the shipped model.
ohif_photograph() {
  local odd="$work/odd" out="$work/segmented-odd" truth
  /usr/bin/python3 tests/ci/crop.py "$(first_file "$work/derm" '*.dcm')" 253 251 "$odd/photograph.dcm"
  ./vmunet segment "$odd" --model lesion-dermoscopy --out "$out" --labels-raw
  truth="$(first_file "$out" '*.labels.raw')"
  /usr/bin/python3 "$check_seg" "${truth%.labels.raw}.seg.dcm" --source "$odd" --truth-raw "$truth" --truth-dims 1,253,251
  shown_by_ohif photograph "${truth%.labels.raw}.seg.dcm" "$odd" "$truth" 0
}

ohif_ct() { shown_by_ohif ct "$work/ct.seg.dcm" "$shared/data/ct-totalsegmentator/dicom_series" "$work/ct.raw" 3,10,16; }

ohif_mr() {
  local seg; seg="$(first_file "$work/segmented-abdomen-mr-4" '*.seg.dcm')"
  shown_by_ohif mr "$seg" "$work/mr" "${seg%.seg.dcm}.labels.raw" 10,20,26
}

ohif_oblique() {
  shown_by_ohif oblique "$work/written-oblique.seg.dcm" "$shared/data/dicom-geometry/mr_t1_oblique" "$work/written-oblique.truth" 3,8,20
}

# Frames of 61 x 47 pixels: BINARY is drawn wrongly there, the label map is right.
ohif_label_map() {
  local series="$work/fixture-oblique/source" at="$work/label-map" dimensions
  dimensions="$(/usr/bin/python3 tests/ci/random_labels.py "$series" 1,5,7 "$at.raw" "$at.truth")"
  ./vmunet seg write "$at.raw" --source "$series" --out "$at.seg.dcm" --task abdomen-ct-8 --label-map
  /usr/bin/python3 "$check_seg" "$at.seg.dcm" --source "$series" --truth-raw "$at.truth" --truth-dims "$dimensions"
  shown_by_ohif label-map "$at.seg.dcm" "$series" "$at.truth" 2,4
}

# Wherever docs/viewers.md says that the reader takes the kind.
dwv_and_adapters() {
  local mr ct="$shared/data/ct-totalsegmentator/dicom_series" oblique="$shared/data/dicom-geometry/mr_t1_oblique" kind
  mr="$(first_file "$work/segmented-abdomen-mr-4" '*.seg.dcm')"
  shown_by_dwv ct "$work/ct.seg.dcm" "$ct"
  shown_by_dwv mr "$mr" "$work/mr"
  shown_by_dwv oblique "$work/written-oblique.seg.dcm" "$oblique"
  shown_by_dwv unsorted "$work/written-fixture-unsorted.seg.dcm" "$work/fixture-unsorted/source"
  read_by_adapters ct "$work/ct.seg.dcm" "$ct"
  read_by_adapters mr "$mr" "$work/mr"
  read_by_adapters oblique "$work/written-oblique.seg.dcm" "$oblique"
  read_by_adapters tilted "$work/written-tilted.seg.dcm" "$shared/data/dicom-geometry/ge_tilt_variable_spacing"
  for kind in enhanced unsorted; do
    read_by_adapters "$kind" "$work/written-fixture-$kind.seg.dcm" "$work/fixture-$kind/source"
  done
}
