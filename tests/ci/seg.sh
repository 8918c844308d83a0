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
