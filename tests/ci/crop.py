#!/usr/bin/python3
"""The left upper part of an uncompressed colour photograph as a DICOM object of its own.

usage: crop.py PHOTOGRAPH.dcm ROWS COLUMNS OUT.dcm
"""
import os, sys
import numpy as np
import pydicom
from pydicom.uid import generate_uid

source, rows, columns, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
data = pydicom.dcmread(source)
pixels = np.frombuffer(data.PixelData, np.uint8)[:data.Rows * data.Columns * 3].reshape(data.Rows, data.Columns, 3)
part = pixels[:rows, :columns].tobytes()
data.PixelData = part + b"\0" * (len(part) % 2)
data.Rows, data.Columns = rows, columns
data.StudyInstanceUID, data.SeriesInstanceUID, data.SOPInstanceUID = generate_uid(), generate_uid(), generate_uid()
data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
os.makedirs(os.path.dirname(out), exist_ok=True)
data.save_as(out)
