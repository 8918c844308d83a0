#!/usr/bin/python3
"""Random blocks of labels on the grid of a DICOM series, by pydicom alone.

usage: random_labels.py SERIES_FOLDER VALUES OUT.raw TRUTH.raw

VALUES is a comma-separated list of label values, ascending. OUT holds them; TRUTH holds 1..n in their place (segment
numbers). Both are uint8, z,y,x, slices ascending along the normal. Prints the dimensions as Z,Y,X.
"""
import glob, os, sys
import numpy as np
import pydicom

series, values, out, truth = sys.argv[1:]
values = [int(v) for v in values.split(",")]
files = [pydicom.dcmread(f, stop_before_pixels=True) for f in glob.glob(series + "/**/*", recursive=True) if os.path.isfile(f)]
slices = max(len(files), int(files[0].get("NumberOfFrames", 1)))
rows, columns = files[0].Rows, files[0].Columns
rng = np.random.default_rng(20260302)
labels = np.zeros((slices, rows, columns), np.uint8)
for i, value in enumerate(values):
    z, y, x = slices * i // (2 * len(values)), rows // 8 + i * rows // 20, columns // 7 + i * columns // 15
    block = labels[z:z + max(1, slices // 3), y:y + max(1, rows // 6), x:x + max(1, columns // 5)]
    block[rng.random(block.shape) < 0.7] = value
labels.tofile(out)
numbered = np.zeros_like(labels)
for number, value in enumerate([v for v in values if (labels == v).any()], 1):
    numbered[labels == value] = number
numbered.tofile(truth)
print("%d,%d,%d" % labels.shape)
