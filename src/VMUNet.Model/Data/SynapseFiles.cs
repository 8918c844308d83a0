using PureHDF;
using PureHDF.VOL.Native;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// The files that TransUNet's preparation of the Synapse set made, and sets prepared alike: intensities clipped to
/// -125..275 HU and scaled to 0..1. They come back as HU, so that everything after this treats them as any other CT.
/// </summary>
/// <remarks>
/// The files state neither orientation nor spacing. Rows and columns are taken as they lie; without <c>spacing.csv</c> the grid
/// is in voxels, and no distance in millimetres is given for it.
/// </remarks>
internal static class SynapseFiles
{
    private const float LowHu = -125;
    private const float RangeHu = 400;
    private const float LowestHu = -10_000; // a file beyond these two was not scaled: raw HU, or pixels of 0 to 255
    private const float HighestHu = 40_000;

    /// <summary>All slices of a case as one volume.</summary>
    public static LabelledVolume ReadSlices(DataCase item)
    {
        float[]? voxels = null;
        float[]? labels = null;
        var (rows, columns) = (0, 0);
        for (var z = 0; z < item.ImageFiles.Count; z++)
        {
            var arrays = NpyArray.ReadZip(item.ImageFiles[z], "image", "label");
            var (image, label) = (arrays[0], arrays[1]);
            if (image.Shape.Count != 2 || !label.Shape.SequenceEqual(image.Shape))
            {
                throw MisShaped(item, image.Shape, label.Shape, "rows x columns");
            }

            if (voxels is null)
            {
                (rows, columns) = (image.Shape[0], image.Shape[1]);
                var count = checked(item.ImageFiles.Count * rows * columns);
                (voxels, labels) = (new float[count], new float[count]);
            }
            else if ((image.Shape[0], image.Shape[1]) != (rows, columns))
            {
                throw new BadInputException(
                    $"Case {item.Name}: {Path.GetFileName(item.ImageFiles[z])} has {image.Shape[0]} x {image.Shape[1]} pixels, "
                    + $"the slices before it {rows} x {columns}; they must be equal.");
            }

            image.Values.CopyTo(voxels, z * rows * columns);
            label.Values.CopyTo(labels!, z * rows * columns);
        }

        return Made(item, item.ImageFiles.Count, rows, columns, voxels!, labels!);
    }

    /// <summary>A case that is one HDF5 file.</summary>
    public static LabelledVolume ReadVolume(DataCase item)
    {
        var source = Path.GetFileName(item.ImagePath);
        try
        {
            using var file = H5File.OpenRead(item.ImagePath);
            var (image, shape) = ReadDataSet(file, "image", source);
            var (label, labelShape) = ReadDataSet(file, "label", source);
            if (shape.Length != 3 || !labelShape.SequenceEqual(shape))
            {
                throw MisShaped(item, shape, labelShape, "slices x rows x columns");
            }

            return Made(item, shape[0], shape[1], shape[2], image, label);
        }
        catch (Exception e) when (e is not BadInputException and not OutOfMemoryException)
        {
            // The reader of the format throws whatever a damaged file leads it to.
            throw new BadInputException($"{source} cannot be read as HDF5: {e.Message}", e);
        }
    }

    private static (float[] Values, int[] Shape) ReadDataSet(NativeFile file, string name, string source)
    {
        if (!file.LinkExists(name))
        {
            throw new BadInputException($"{source} has no data set '{name}'; 'image' and 'label' were expected.");
        }

        var data = file.Dataset(name);
        var sizes = data.Space.Dimensions;
        var count = sizes.Aggregate(1.0, (product, size) => product * size);
        if (count is < 1 or > NpyArray.MostValues)
        {
            throw new BadInputException($"{source}, {name}: {string.Join(" x ", sizes)} values cannot be used.");
        }

        return (Values(data, source, name), [.. sizes.Select(s => checked((int)s))]);
    }

    private static float[] Values(IH5Dataset data, string source, string name) => (data.Type.Class, data.Type.Size) switch
    {
        (H5DataTypeClass.FloatingPoint, 4) => data.Read<float[]>(),
        (H5DataTypeClass.FloatingPoint, 8) => Array.ConvertAll(data.Read<double[]>(), v => (float)v),
        (H5DataTypeClass.FixedPoint, 1) => Array.ConvertAll(data.Read<byte[]>(), v => (float)v),
        (H5DataTypeClass.FixedPoint, 2) => Array.ConvertAll(data.Read<short[]>(), v => (float)v),
        (H5DataTypeClass.FixedPoint, 4) => Array.ConvertAll(data.Read<int[]>(), v => (float)v),
        (H5DataTypeClass.FixedPoint, 8) => Array.ConvertAll(data.Read<long[]>(), v => (float)v),
        var other => throw new BadInputException($"{source}, {name}: numbers of the kind {other} are not read."),
    };

    private static LabelledVolume Made(DataCase item, int slices, int rows, int columns, float[] voxels, float[] labels)
    {
        for (var i = 0; i < voxels.Length; i++)
        {
            if (!float.IsFinite(voxels[i]))
            {
                throw new BadInputException($"Case {item.Name} holds values that are not finite numbers.");
            }

            var hu = LowHu + RangeHu * voxels[i];
            voxels[i] = hu is >= LowestHu and <= HighestHu ? hu : throw new BadInputException(FormattableString.Invariant(
                $"Case {item.Name} holds the value {voxels[i]}; intensities from 0 to 1 were expected, for -125 to 275 HU. Store (HU + 125) / 400."));
        }

        var geometry = VolumeGeometry.Axial(slices, rows, columns, item.Spacing ?? new SpacingMm(1, 1, 1)) with
        {
            Unit = item.Spacing is null ? LengthUnit.Pixel : LengthUnit.Millimetre,
        };
        return new LabelledVolume(new Volume(geometry, voxels), new Volume(geometry, labels));
    }

    private static BadInputException MisShaped(DataCase item, IEnumerable<int> image, IEnumerable<int> label, string expected) => new(
        $"Case {item.Name}: image {string.Join(" x ", image)}, label {string.Join(" x ", label)}; equal sizes of {expected} were expected.");
}

/// <summary>A volume, and its labels as the file holds them: not yet judged to be label values.</summary>
/// <param name="Volume">The image.</param>
/// <param name="Labels">Numbers on the grid of the label file.</param>
internal sealed record LabelledVolume(Volume Volume, Volume Labels);
