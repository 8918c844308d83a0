#!/usr/bin/python3
"""Label volume of a NIfTI file on the grid of a DICOM series, found by the two files' own geometry.

usage: ct_truth.py LABELS.nii.gz SERIES_FOLDER OUT.raw

Writes uint8, z,y,x, slices ascending along the normal, values renumbered 1..n without gaps (segment numbers).
Prints the dimensions as Z,Y,X. Shares no code with the product.
"""
import glob, gzip, struct, sys
import numpy as np
import pydicom

labels_path, series, out = sys.argv[1:]
raw = gzip.open(labels_path, "rb").read()
nx, ny, nz = struct.unpack("<3h", raw[42:48])
assert struct.unpack("<h", raw[70:72])[0] == 2, "labels are expected as uint8"
affine = np.vstack([np.frombuffer(raw[280:328], "<f4").reshape(3, 4).astype(float), [0, 0, 0, 1]])
offset = int(struct.unpack("<f", raw[108:112])[0])
labels = np.frombuffer(raw[offset:offset + nx * ny * nz], np.uint8).reshape(nz, ny, nx)      # k, j, i

files = [pydicom.dcmread(f, stop_before_pixels=True) for f in glob.glob(series + "/*.dcm")]
cosines = np.array(files[0].ImageOrientationPatient, float)
normal = np.cross(cosines[:3], cosines[3:])
files.sort(key=lambda f: float(np.dot(normal, np.array(f.ImagePositionPatient, float))))
rows, columns = files[0].Rows, files[0].Columns
row_mm, column_mm = (float(v) for v in files[0].PixelSpacing)
to_index = np.linalg.inv(affine)
truth = np.zeros((len(files), rows, columns), np.uint8)
r, c = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
for z, f in enumerate(files):
    lps = (np.array(f.ImagePositionPatient, float) + c[..., None] * column_mm * cosines[:3] + r[..., None] * row_mm * cosines[3:])
    ras = lps * [-1, -1, 1]
    i, j, k = np.moveaxis(np.rint(ras @ to_index[:3, :3].T + to_index[:3, 3]).astype(int), -1, 0)
    inside = (i >= 0) & (i < nx) & (j >= 0) & (j < ny) & (k >= 0) & (k < nz)
    truth[z][inside] = labels[k[inside], j[inside], i[inside]]
present = [v for v in np.unique(truth) if v]
assert present, "no label lies on the series"
renumbered = np.zeros_like(truth)
for number, value in enumerate(present, 1):
    renumbered[truth == value] = number
renumbered.tofile(out)
print("%d,%d,%d" % truth.shape)
