using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Measures every organ of a result, found or not.</summary>
public static class OrganMeasurements
{
    /// <summary>Sizes, and mean and spread of the CT numbers.</summary>
    /// <param name="source">The series; says modality and whether volumes mean anything.</param>
    /// <param name="labels">Labels on its grid.</param>
    /// <param name="volume">The image on the same grid; null for photographs.</param>
    /// <param name="organs">The organs that were looked for; the order of the result.</param>
    /// <param name="earlier">Volumes of the last earlier result by organ name; null when there is none.</param>
    /// <exception cref="ArgumentException">The grids differ.</exception>
    public static IReadOnlyList<OrganMeasurement> Of(SourceSeries source, LabelMap labels, Volume? volume,
        IReadOnlyList<OrganLabel> organs, IReadOnlyDictionary<string, EarlierVolume>? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(organs);
        if (volume is not null && volume.Voxels.Length != labels.Labels.Length)
        {
            throw new ArgumentException("Image and labels have different grids", nameof(volume));
        }
        var sums = Sums(labels.Labels, source.Modality == "CT" && volume is not null ? volume.Voxels : []);
        var grid = labels.Geometry;
        double? voxelMl = grid is { Unit: LengthUnit.Millimetre, IsRegular: true }
            ? grid.Spacing.Z * grid.Spacing.Y * grid.Spacing.X / 1000
            : null;
        return [.. organs.Select(organ => new OrganMeasurement
        {
            Organ = organ,
            Voxels = sums[organ.Value].Voxels,
            VolumeMl = sums[organ.Value].Voxels * voxelMl,
            MeanHu = sums[organ.Value].Mean,
            StandardDeviationHu = sums[organ.Value].Deviation,
            Earlier = voxelMl is null ? null : earlier?.GetValueOrDefault(organ.Name),
        })];
    }

    private static Moments[] Sums(ReadOnlySpan<byte> labels, ReadOnlySpan<float> values)
    {
        var sums = new Moments[256];
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] != 0)
            {
                ref var sum = ref sums[labels[i]];
                sum.Add(values.IsEmpty ? double.NaN : values[i]);
            }
        }
        return sums;
    }

    /// <summary>Count, sum and sum of squares: CT numbers are small enough for that in double.</summary>
    private struct Moments
    {
        private double _sum;
        private double _squares;

        public long Voxels { get; private set; }

        public readonly double? Mean => Voxels == 0 || double.IsNaN(_sum) ? null : _sum / Voxels;

        public readonly double? Deviation =>
            Mean is { } mean ? Math.Sqrt(Math.Max(0, _squares / Voxels - mean * mean)) : null;

        public void Add(double value)
        {
            Voxels++;
            _sum += value;
            _squares += value * value;
        }
    }
}
