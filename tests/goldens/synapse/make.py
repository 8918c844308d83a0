"""Writes the three files of this folder with h5py and NumPy. Every value follows from its indices (see README.md)."""
import h5py, numpy as np

z, y, x = np.meshgrid(np.arange(3), np.arange(5), np.arange(4), indexing="ij")
image = ((31 * z + 7 * y + x) % 101) / 100.0
label = (z + 2 * y + 3 * x) % 9

with h5py.File("case0001.npy.h5", "w", libver="earliest") as f:
    f["image"] = image.astype("<f4")
    f["label"] = label.astype("<f4")
with h5py.File("case0002.npy.h5", "w", libver="latest") as f:
    f.create_dataset("image", data=image.astype("<f8"), chunks=(2, 3, 4), compression="gzip", shuffle=True)
    f.create_dataset("label", data=label.astype("u1"), chunks=(3, 5, 4), compression="gzip")
np.savez("case0003_slice001.npz", image=image[1].astype("<f8"), label=np.asfortranarray(label[1].astype("<i8")))
np.savez_compressed("case0003_slice000.npz", image=image[0].astype("<f4"), label=label[0].astype("<f4"))
