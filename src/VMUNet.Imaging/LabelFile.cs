namespace VMUNet.Imaging;

/// <summary>Label maps from files of any kind that this room knows: NIfTI, PNG, and raw bytes for a known grid.</summary>
public static class LabelFile
{
    /// <summary>Reads .nii, .nii.gz or .png.</summary>
    /// <exception cref="BadInputException">Another ending, or the file cannot be used.</exception>
    public static LabelMap Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase))
        {
            return NiftiFile.ReadLabels(path);
        }

        return path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)
            ? PictureFile.ReadMask(path)
            : throw new BadInputException($"{Path.GetFileName(path)}: a label file ends in .nii, .nii.gz or .png.");
    }

    /// <summary>Reads a raw map: one byte a voxel, order z, y, x, for a grid that is known from elsewhere.</summary>
    /// <exception cref="BadInputException">The file's length is not the grid's voxel count.</exception>
    public static LabelMap ReadRaw(string path, VolumeGeometry geometry)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(geometry);
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new BadInputException($"{file.Name}: there is no such file.");
        }

        if (file.Length != geometry.VoxelCount)
        {
            throw new BadInputException(
                $"{file.Name}: {geometry.Slices} x {geometry.Rows} x {geometry.Columns} labels need {geometry.VoxelCount} bytes, "
                + $"the file has {file.Length}.");
        }

        return new LabelMap(geometry, File.ReadAllBytes(path));
    }

    /// <summary>Writes a raw map: one byte a voxel, order z, y, x.</summary>
    public static void WriteRaw(string path, LabelMap labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        using var file = File.Create(path);
        file.Write(labels.Labels);
    }
}
