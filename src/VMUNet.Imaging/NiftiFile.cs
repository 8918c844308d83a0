using System.IO.Compression;

namespace VMUNet.Imaging;

/// <summary>
/// NIfTI-1 files (.nii, .nii.gz) in and out. The file's own index axes are kept: slices = k, rows = j, columns = i; the
/// geometry (LPS) says how they lie in the patient. What the header claims is compared with what the file holds before the
/// voxels are allocated. Source: nifti1.h of the NIfTI Data Format Working Group.
/// </summary>
public static class NiftiFile
{
    /// <summary>Reads an image; voxel values are scaled by the header's slope and intercept.</summary>
    /// <param name="path">A .nii or .nii.gz file of one volume; both byte orders, integer or real values.</param>
    /// <exception cref="BadInputException">Not NIfTI-1, truncated, a size that lies, NaN or infinite values.</exception>
    public static Volume Read(string path)
    {
        using var data = NiftiData.Open(path);
        var header = data.Header;
        var voxels = new float[header.Geometry.VoxelCount];
        data.ReadVoxels((values, at) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                voxels[at + i] = (float)((values[i] * header.Slope) + header.Intercept);
            }
        });
        RefuseUnlessFinite(voxels, data.Name);
        return new Volume(header.Geometry, voxels);
    }

    /// <summary>Reads a label map: whole numbers from 0 to 255, whatever number type the file uses.</summary>
    /// <param name="path">A .nii or .nii.gz file of one volume.</param>
    /// <exception cref="BadInputException">As <see cref="Read"/>; also a value that is no label.</exception>
    public static LabelMap ReadLabels(string path)
    {
        using var data = NiftiData.Open(path);
        var header = data.Header;
        var labels = new byte[header.Geometry.VoxelCount];
        data.ReadVoxels((values, at) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                var value = (values[i] * header.Slope) + header.Intercept;
                if (!(value >= 0 && value <= 255) || value != Math.Floor(value))
                {
                    throw new BadInputException(FormattableString.Invariant(
                        $"{data.Name}: label values must be whole numbers from 0 to 255, but {value} came. Is this an image, not a label map?"));
                }

                labels[at + i] = (byte)value;
            }
        });
        return new LabelMap(header.Geometry, labels);
    }

    /// <summary>Whether a file says how its axes lie in the patient; where it does not, voxel sizes alone are the geometry (method 1 of nifti1.h).</summary>
    /// <param name="path">A .nii or .nii.gz file of one volume.</param>
    /// <exception cref="BadInputException">As <see cref="Read"/>.</exception>
    public static bool StatesOrientation(string path)
    {
        using var data = NiftiData.Open(path);
        return data.Header.StatesOrientation;
    }

    /// <summary>Writes an image as float32. The affine is that of the geometry, so a file read before keeps its own.</summary>
    /// <param name="path">A name ending in .nii or .nii.gz.</param>
    /// <param name="v">The image; a geometry with uneven slices is refused, NIfTI cannot hold it.</param>
    public static void Write(string path, Volume v)
    {
        ArgumentNullException.ThrowIfNull(v);
        Write(path, v.Geometry, NiftiHeader.Float32, stream =>
        {
            for (var z = 0; z < v.Geometry.Slices; z++)
            {
                // linux-x64 is little-endian, as is the file.
                stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(v.Slice(z)));
            }
        });
    }

    /// <summary>Writes a label map as uint8. The affine is that of the geometry.</summary>
    /// <param name="path">A name ending in .nii or .nii.gz.</param>
    /// <param name="l">The labels; a geometry with uneven slices is refused, NIfTI cannot hold it.</param>
    public static void Write(string path, LabelMap l)
    {
        ArgumentNullException.ThrowIfNull(l);
        Write(path, l.Geometry, NiftiHeader.Uint8, stream => stream.Write(l.Labels));
    }

    private static void Write(string path, VolumeGeometry geometry, short dataType, Action<Stream> writeVoxels)
    {
        ArgumentNullException.ThrowIfNull(path);
        RefuseUnevenSlices(path, geometry);
        var header = NiftiHeader.Compose(geometry, dataType);
        using var file = File.Create(path);
        if (!path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            file.Write(header);
            writeVoxels(file);
            return;
        }

        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        gzip.Write(header);
        writeVoxels(gzip);
    }

    private static void RefuseUnevenSlices(string path, VolumeGeometry geometry)
    {
        if (geometry.SliceOrigins is not { } origins)
        {
            return;
        }

        for (var z = 0; z < origins.Count; z++)
        {
            // A tilted but even stack is a plain affine; only uneven steps cannot be written.
            if ((origins[z] - (geometry.Origin + (geometry.SliceStep * z))).Length > 0.01 * geometry.SliceStep.Length)
            {
                throw new BadInputException(
                    $"{Path.GetFileName(path)}: slices are unevenly spaced, which NIfTI cannot hold. Use the DICOM SEG result instead.");
            }
        }
    }

    private static void RefuseUnlessFinite(float[] voxels, string file)
    {
        long bad = 0;
        foreach (var value in voxels)
        {
            bad += float.IsFinite(value) ? 0 : 1;
        }

        if (bad > 0)
        {
            throw new BadInputException($"{file}: {bad} voxels are NaN or infinite; replace them (for CT by -1024) and try again.");
        }
    }
}
