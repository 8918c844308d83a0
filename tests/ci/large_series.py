#!/usr/bin/python3
"""A long axial CT series for measuring memory: one real volume of slices, repeated along the axis with new positions.

usage: large_series.py SERIES_FOLDER SLICES OUT_FOLDER
"""
import glob, os, sys
import pydicom
from pydicom.uid import generate_uid

folder, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
slices = [pydicom.dcmread(f) for f in glob.glob(folder + "/**/*", recursive=True) if os.path.isfile(f)]
slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
study, series, frame = generate_uid(), generate_uid(), generate_uid()
os.makedirs(out, exist_ok=True)
for i in range(count):
    s = slices[min(i % (2 * len(slices)), 2 * len(slices) - 1 - i % (2 * len(slices)))]
    s.StudyInstanceUID, s.SeriesInstanceUID, s.FrameOfReferenceUID, s.SOPInstanceUID = study, series, frame, generate_uid()
    s.file_meta.MediaStorageSOPInstanceUID = s.SOPInstanceUID
    s.ImagePositionPatient = [s.ImagePositionPatient[0], s.ImagePositionPatient[1], "%.1f" % i]
    s.InstanceNumber, s.SliceThickness = str(i + 1), "1.0"
    s.save_as("%s/%05d.dcm" % (out, i))
