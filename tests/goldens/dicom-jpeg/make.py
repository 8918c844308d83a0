"""Makes the files of this folder with DCMTK (dump2dcm, dcmcjpeg, dcmdjpeg): python3 make.py. See README.md."""
import array
import math
import os
import subprocess
import tempfile

COMMON = """(0008,0016) UI [{sop_class}]
(0008,0018) UI [2.25.3101{number}]
(0008,0060) CS [{modality}]
(0010,0010) PN [Test^Pattern]
(0010,0020) LO [T-1]
(0020,000d) UI [2.25.3102]
(0020,000e) UI [2.25.3103]
(0020,0013) IS [1]
(0028,0010) US {rows}
(0028,0011) US {columns}
(7fe0,0010) {vr} ={raw}
"""
PHOTOGRAPH = """(0008,0008) CS [ORIGINAL\\PRIMARY]
(0028,0002) US 3
(0028,0004) CS [RGB]
(0028,0006) US 0
(0028,0100) US 8
(0028,0101) US 8
(0028,0102) US 7
(0028,0103) US 0
"""
CT = """(0008,0008) CS [ORIGINAL\\PRIMARY\\AXIAL]
(0018,0050) DS [2.5]
(0020,0032) DS [-10\\-20\\-30]
(0020,0037) DS [1\\0\\0\\0\\1\\0]
(0020,0052) UI [2.25.3104]
(0028,0002) US 1
(0028,0004) CS [MONOCHROME2]
(0028,0030) DS [0.75\\0.75]
(0028,0100) US 16
(0028,0101) US 16
(0028,0102) US 15
(0028,0103) US 1
(0028,1052) DS [-24]
(0028,1053) DS [1]
"""


def photograph(rows, columns):
    """Skin with a dark, reddish, soft-edged spot: no sharp colour edge, as on a photograph."""
    pixels = bytearray()
    for y in range(rows):
        for x in range(columns):
            r = math.hypot((y - 0.45 * rows) / (0.3 * rows), (x - 0.55 * columns) / (0.3 * columns))
            spot = 1 / (1 + math.exp(6 * (r - 1)))
            light = 1 - 0.15 * x / columns
            pixels += bytes(round(light * (skin + (lesion - skin) * spot))
                            for skin, lesion in ((226, 96), (176, 48), (158, 40)))
    return bytes(pixels)


def ct(rows, columns):
    """Air around an ellipse of tissue with a gradient and a bright rim; signed 16 bit."""
    values = array.array("h")
    for y in range(rows):
        for x in range(columns):
            r = math.hypot((y - rows / 2) / (0.4 * rows), (x - columns / 2) / (0.42 * columns))
            values.append(-1000 if r > 1 else 900 if r > 0.9 else 20 + 3 * x - 2 * y)
    return values.tobytes()


def make(name, rows, columns, kind, raw, encodings):
    with tempfile.TemporaryDirectory() as folder:
        pixels, dump, plain = (os.path.join(folder, n) for n in ("pixels.raw", "dump.txt", "plain.dcm"))
        open(pixels, "wb").write(raw)
        isct = kind is CT
        open(dump, "w").write(kind + COMMON.format(
            sop_class="1.2.840.10008.5.1.4.1.1.2" if isct else "1.2.840.10008.5.1.4.1.1.77.1.4", number=int(isct),
            modality="CT" if isct else "XC", rows=rows, columns=columns, vr="OW" if isct else "OB", raw=pixels))
        subprocess.run(["dump2dcm", "-q", "+te", dump, plain], check=True)
        for encoding, options in encodings.items():
            coded = f"{name}-{encoding}.dcm"
            subprocess.run(["dcmcjpeg", "-q", *options, "+un", plain, coded], check=True)
            subprocess.run(["dcmdjpeg", "-q", coded, f"{name}-{encoding}.decoded.dcm"], check=True)


make("photograph", 33, 46, PHOTOGRAPH, photograph(33, 46), {
    "baseline-422": ["+eb", "+s2"], "baseline-420": ["+eb", "+np"], "baseline-444": ["+eb", "+s4"],
    "baseline-rgb": ["+eb", "+cr"], "lossless-rgb": ["+e1"]})
make("ct", 26, 30, CT, ct(26, 30), {
    "lossless-first-order": ["+e1"], "lossless": ["+el"], "extended-12": ["+ee", "+bt"], "baseline": ["+eb"]})
