# shellcheck shell=bash
# One SEG of each kind, judged by a decoder that shares nothing with ours. Sourced by .ci/run.
check_seg="$shared/oracles/check_seg.py"

prepare_series() {
  ./vmunet dicomize samples/dermoscopy/images/ISIC_0000201.jpg --kind derm --patient-id CI-1 --out "$work/derm"
  ./vmunet dicomize samples/abdomen-mr-chaos/images/chaos_t2_05.nii.gz --kind mr --patient-id CI-2 --out "$work/mr"
}

# segment_and_check FOLDER MODEL DIMENSIONS LABELS
segment_and_check() {
  local out="$work/segmented-$2" seg
  ./vmunet segment "$1" --model "$2" --out "$out" --labels-raw
  seg="$(first_file "$out" '*.seg.dcm')"
  /usr/bin/python3 "$check_seg" "$seg" --source "$1" --expect-labels "$4" \
    --truth-raw "${seg%.seg.dcm}.labels.raw" --truth-dims "$3"
}

check_photograph() { segment_and_check "$work/derm" lesion-dermoscopy 1,256,256 "Lesion"; }

check_mr() { segment_and_check "$work/mr" abdomen-mr-4 36,256,256 "Liver,Right kidney,Left kidney,Spleen"; }

check_ct() {
  local data="$shared/data/ct-totalsegmentator"
  ./vmunet seg write "$data/labels_synapse8/dicom_series.nii.gz" --source "$data/dicom_series" \
    --out "$work/ct.seg.dcm" --task abdomen-ct-8
  # shellcheck disable=SC2046 # two words: the label names and the dimensions
  set -- $(/usr/bin/python3 tests/ci/ct_truth.py "$data/labels_synapse8/dicom_series.nii.gz" "$data/dicom_series" "$work/ct.raw")
  /usr/bin/python3 "$check_seg" "$work/ct.seg.dcm" --source "$data/dicom_series" --truth-raw "$work/ct.raw" --truth-dims "$1"
}

# no_dicom_error FILE...: dciodvfy finds nothing that it calls an error.
no_dicom_error() {
  local file
  for file in "$@"; do
    if dciodvfy -new "$file" 2>&1 | grep '^Error'; then echo "$file"; return 1; fi
  done
}

# write_and_check NAME SERIES TASK VALUES: SEG, report and picture of random labels; all three valid, the SEG exact.
write_and_check() {
  local at="$work/written-$1" dimensions
  dimensions="$(/usr/bin/python3 tests/ci/random_labels.py "$2" "$4" "$at.raw" "$at.truth")"
  ./vmunet seg write "$at.raw" --source "$2" --out "$at.seg.dcm" --task "$3" --report "$at.report.dcm" --picture "$at.picture.dcm"
  /usr/bin/python3 "$check_seg" "$at.seg.dcm" --source "$2" --truth-raw "$at.truth" --truth-dims "$dimensions"
  no_dicom_error "$at.seg.dcm" "$at.report.dcm" "$at.picture.dcm"
  dsrdump "$at.report.dcm" | grep "Imaging Measurement Report" >/dev/null # not -q: the writer would see a closed pipe
  ./vmunet seg read "$at.seg.dcm" --source "$2" --out "$at.back.raw" --task "$3"
  cmp "$at.raw" "$at.back.raw"
}

check_every_kind_of_series() {
  local kind data="$shared/data"
  write_and_check tilted "$data/dicom-geometry/ge_tilt_variable_spacing" abdomen-ct-8 1,5,7
  write_and_check oblique "$data/dicom-geometry/mr_t1_oblique" abdomen-mr-4 1,2,3,4
  write_and_check ct "$data/ct-totalsegmentator/dicom_series" abdomen-ct-8 1,2,3,4,5,6,7,8
  write_and_check mr "$work/mr" abdomen-mr-4 1,2,3,4
  write_and_check photograph "$work/derm" lesion-dermoscopy 1
  for kind in enhanced oblique unsorted; do
    /usr/bin/python3 "$shared/oracles/fixture/make_fixture.py" --kind "$kind" "$work/fixture-$kind"
    write_and_check "fixture-$kind" "$work/fixture-$kind/source" abdomen-ct-8 1,5,7
  done
}

# check_sample NAME VOXELS: what others wrote is read to the count that its makers give.
check_sample() {
  local folder="$shared/data/seg-samples/$1" voxels
  ./vmunet seg read "$folder/seg.dcm" --source "$folder/source" --out "$work/sample.raw"
  voxels="$(/usr/bin/python3 -c 'import sys; d = open(sys.argv[1], "rb").read(); print(len(d) - d.count(0))' "$work/sample.raw")"
  echo "$1: $voxels voxels"
  test "$voxels" -eq "$2"
}

check_samples() {
  check_sample dcmqi-liver 107098
  check_sample dcmqi-small-23x38 322
  check_sample highdicom-ct-binary 638
  check_sample highdicom-cr-binary 151
  check_sample hdlib-ct_BINARY 3057
  check_sample hdlib-ct_LABELMAP 3057
}

reproduce_a_seg() {
  ./vmunet reproduce "$(first_file "$work/segmented-lesion-dermoscopy" '*.seg.dcm')" --source "$work/derm"
  ./vmunet reproduce "$(first_file "$work/segmented-abdomen-mr-4" '*.seg.dcm')" --source "$work/mr"
}
