using System.Runtime.InteropServices;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>First half of the preprocessing: physical values to about 0..1, with the mean and deviation to apply later.</summary>
internal static class InputScaling
{
    private const double LowPercentile = 0.005;
    private const double HighPercentile = 0.995;

    /// <summary>
    /// A photograph as one sample: three colour planes in 0..1. A photograph at least twice as large as the network input is first
    /// averaged over whole blocks of pixels, so that fine hair and grain do not alias; a smaller one is taken as it is.
    /// </summary>
    public static Sample FromPicture(Picture picture, ReadOnlyMemory<byte> labels, Preprocessing preprocessing, int size)
    {
        var isOfficial = preprocessing.Intensity == IntensityRule.FullRangePerPicture; // that one never averages
        var (mean, deviation) = isOfficial ? FullRange(picture) : (preprocessing.Mean!, preprocessing.Deviation!);
        var sample = new Sample
        {
            Rows = picture.Rows,
            Columns = picture.Columns,
            RowsPerRow = isOfficial ? 1 : Math.Max(1, picture.Rows / size),
            ColumnsPerColumn = isOfficial ? 1 : Math.Max(1, picture.Columns / size),
            Planes = [],
            Labels = labels,
            Mean = mean,
            Deviation = deviation,
        };
        var count = sample.PlaneRows * sample.PlaneColumns;
        var planes = new float[3 * count];
        for (var row = 0; row < sample.PlaneRows; row++)
        {
            for (var column = 0; column < sample.PlaneColumns; column++)
            {
                var (r, g, b) = BlockMean(picture, row, column, sample.RowsPerRow, sample.ColumnsPerColumn);
                var i = row * sample.PlaneColumns + column;
                (planes[i], planes[count + i], planes[2 * count + i]) = (r, g, b);
            }
        }

        return sample with
        {
            Planes = [planes.AsMemory(0, count), planes.AsMemory(count, count), planes.AsMemory(2 * count, count)],
        };
    }

    /// <summary>A volume in canonical orientation, scaled once; its slices are taken from the result.</summary>
    public static ScaledVolume FromVolume(Volume volume, ReadOnlyMemory<byte> labels, Preprocessing preprocessing)
    {
        var voxels = volume.Voxels.ToArray();
        var (low, high) = preprocessing.Intensity == IntensityRule.RobustPerVolume
            ? (OrderStatistic.At(voxels, LowPercentile), OrderStatistic.At(voxels, HighPercentile))
            : (preprocessing.WindowLow!.Value, preprocessing.WindowHigh!.Value);
        var scale = high > low ? 1 / (high - low) : 0;
        for (var i = 0; i < voxels.Length; i++)
        {
            voxels[i] = (float)((Math.Clamp(voxels[i], low, high) - low) * scale);
        }

        var (mean, deviation) = preprocessing.Intensity == IntensityRule.RobustPerVolume
            ? BrightStatistics(voxels)
            : (preprocessing.Mean![0], preprocessing.Deviation![0]);
        return new ScaledVolume(volume.Geometry, voxels, labels, mean, deviation, preprocessing.SlicesPerInput);
    }

    /// <summary>Mean and deviation that bring a picture of 0..1 to 0..255 by its own range; a picture of one colour becomes zero.</summary>
    private static (IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation) FullRange(Picture picture)
    {
        byte low = byte.MaxValue, high = 0;
        foreach (var value in picture.Rgb)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        }

        var (mean, deviation) = (low / 255f, Math.Max(1, high - low) / (255f * 255f));
        return ([mean, mean, mean], [deviation, deviation, deviation]);
    }

    private static (float R, float G, float B) BlockMean(Picture picture, int row, int column, int rows, int columns)
    {
        var rgb = picture.Rgb;
        int red = 0, green = 0, blue = 0;
        var (lastRow, lastColumn) = (Math.Min((row + 1) * rows, picture.Rows), Math.Min((column + 1) * columns, picture.Columns));
        for (var y = row * rows; y < lastRow; y++)
        {
            for (var x = column * columns; x < lastColumn; x++)
            {
                var i = 3 * (y * picture.Columns + x);
                red += rgb[i];
                green += rgb[i + 1];
                blue += rgb[i + 2];
            }
        }

        var scale = 1f / (255f * (lastRow - row * rows) * (lastColumn - column * columns));
        return (red * scale, green * scale, blue * scale);
    }

    private static (float Mean, float Deviation) BrightStatistics(float[] scaled)
    {
        var threshold = scaled.Sum(v => (double)v) / scaled.Length;
        double sum = 0, squares = 0;
        long count = 0;
        foreach (var value in scaled)
        {
            if (value > threshold)
            {
                sum += value;
                squares += (double)value * value;
                count++;
            }
        }

        if (count == 0)
        {
            return (0, 1);
        }

        var mean = sum / count;
        return ((float)mean, (float)Math.Max(Math.Sqrt(Math.Max(squares / count - mean * mean, 0)), 1e-3));
    }
}

/// <summary>A scaled volume that hands out its slices as samples; from memory without copying, or from a file.</summary>
internal sealed class ScaledVolume(
    VolumeGeometry geometry, float[] voxels, ReadOnlyMemory<byte> labels, float mean, float deviation, int slicesPerInput)
{
    private readonly bool _hasLabels = !labels.IsEmpty;
    private float[]? _voxels = voxels;
    private ReadOnlyMemory<byte> _labels = labels;
    private PreparedData? _file;
    private long _voxelsAt, _labelsAt;

    /// <summary>Number of slices.</summary>
    public int Slices => geometry.Slices;

    /// <summary>Bytes that it holds in memory.</summary>
    public long Bytes => (_voxels?.LongLength ?? 0) * sizeof(float) + _labels.Length;

    /// <summary>Puts voxels and labels into a file; slices are read from there afterwards.</summary>
    public void Spill(PreparedData file)
    {
        _voxelsAt = file.Spill(MemoryMarshal.AsBytes(_voxels.AsSpan()));
        _labelsAt = _hasLabels ? file.Spill(_labels.Span) : 0;
        (_voxels, _labels, _file) = (null, default, file);
    }

    /// <summary>The slice at <paramref name="z"/>; with three slices an input, its neighbours (clamped) are the outer channels.</summary>
    public Sample Slice(int z)
    {
        var reach = slicesPerInput / 2;
        var (plane, labelPlane) = (Plane(z), LabelPlane(z));
        return new Sample
        {
            Rows = geometry.Rows,
            Columns = geometry.Columns,
            Planes = reach == 0 ? [plane, plane, plane] : [Plane(z - reach), plane, Plane(z + reach)],
            Labels = labelPlane,
            PlaneLabels = !_hasLabels ? []
                : reach == 0 ? [labelPlane, labelPlane, labelPlane] : [LabelPlane(z - reach), labelPlane, LabelPlane(z + reach)],
            Mean = [mean, mean, mean],
            Deviation = [deviation, deviation, deviation],
        };
    }

    private ReadOnlyMemory<float> Plane(int z)
    {
        var size = geometry.Rows * geometry.Columns;
        var at = Math.Clamp(z, 0, geometry.Slices - 1) * size;
        if (_voxels is not null)
        {
            return _voxels.AsMemory(at, size);
        }

        var plane = new float[size];
        _file!.Read(_voxelsAt + (long)at * sizeof(float), MemoryMarshal.AsBytes(plane.AsSpan()));
        return plane;
    }

    private ReadOnlyMemory<byte> LabelPlane(int z)
    {
        if (!_hasLabels)
        {
            return default;
        }

        var size = geometry.Rows * geometry.Columns;
        var at = Math.Clamp(z, 0, geometry.Slices - 1) * size;
        if (_file is null)
        {
            return _labels.Slice(at, size);
        }

        var plane = new byte[size];
        _file.Read(_labelsAt + at, plane);
        return plane;
    }
}
