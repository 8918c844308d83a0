using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Geometry of sorted slices: spacing from positions, evenness, tilt; never from SliceThickness or the tilt
/// attribute.</summary>
internal static class StackGeometry
{
    /// <summary>More voxels than this are refused before anything is allocated (3.2 GB as float).</summary>
    private const long MaxVoxels = 800_000_000;

    private const double GapToleranceMm = 0.01;
    private const double RelativeGapTolerance = 0.01;
    private const double TiltToleranceDegrees = 0.5;

    /// <summary>The grid that sorted slices of one orientation make, and whether their spacing is even.</summary>
    /// <exception cref="RefusalException">The volume is too large.</exception>
    public static (VolumeGeometry Geometry, bool IsEven) Of(IReadOnlyList<SliceHeader> slices, List<string> notes)
    {
        var first = slices[0];
        if ((long)slices.Count * first.Rows * first.Columns > MaxVoxels)
        {
            throw new RefusalException(RefusalReason.TooLarge,
                $"Series {first.Data.GetText(DicomTag.SeriesInstanceUID)} has {slices.Count} slices of {first.Rows} x "
                + $"{first.Columns}; expected at most {MaxVoxels} voxels. Send a part of it");
        }
        var row = first.Orientation!.ToVector().Normalize();
        var column = first.Orientation!.ToVector(3).Normalize();
        var normal = row.Cross(column).Normalize();
        var positions = slices.Select(s => s.Position!.ToVector()).ToList();
        var (step, isEven, isTilted) = Steps(positions, normal, first, notes);
        return (new VolumeGeometry
        {
            Slices = slices.Count,
            Rows = first.Rows,
            Columns = first.Columns,
            Origin = positions[0],
            RowDirection = row,
            ColumnDirection = column,
            SliceStep = step,
            RowSpacingMm = first.Spacing![0],
            ColumnSpacingMm = first.Spacing[1],
            SliceOrigins = isEven && !isTilted ? null : positions,
        }, isEven);
    }

    private static (Vector3D Step, bool IsEven, bool IsTilted) Steps(
        List<Vector3D> positions, Vector3D normal, SliceHeader first, List<string> notes)
    {
        if (positions.Count == 1)
        {
            var distance = first.Number(DicomTag.SpacingBetweenSlices) ?? 0;
            distance = distance > 0 ? distance : first.Number(DicomTag.SliceThickness) ?? 0;
            distance = distance > 0 ? distance : 1;
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"single-slice: the series has one slice; a slice distance of {distance:0.###} mm is taken from its header, volumes depend on it"));
            return (normal * distance, true, false);
        }
        var steps = positions.Zip(positions.Skip(1), (a, b) => b - a).ToList();
        var gaps = steps.ConvertAll(s => s.Dot(normal));
        var sorted = gaps.Order().ToList();
        var median = (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
        var tolerance = Math.Max(GapToleranceMm, RelativeGapTolerance * median);
        var isEven = gaps.TrueForAll(g => Math.Abs(g - median) <= tolerance);
        if (!isEven)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"irregular-spacing: slices lie {sorted[0]:0.###} to {sorted[^1]:0.###} mm apart; they are segmented one by one, distances and volumes across slices are not comparable"));
        }
        var mean = (positions[^1] - positions[0]) * (1.0 / steps.Count);
        var drift = mean - normal * mean.Dot(normal);
        var degrees = Math.Atan2(drift.Length, mean.Dot(normal)) * 180 / Math.PI;
        // drift that comes and goes hides in the mean, so every step is looked at too
        var isTilted = degrees > TiltToleranceDegrees
            || steps.Exists(s => (s - normal * s.Dot(normal)).Length > Math.Max(GapToleranceMm, RelativeGapTolerance * median));
        if (isTilted)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"gantry-tilt: slices are shifted against each other by {degrees:0.#} degrees; they are segmented one by one"));
        }
        var step = isEven && !isTilted ? mean : MedianStep(steps, gaps, median);
        return (step, isEven, isTilted);
    }

    /// <summary>The step whose gap is nearest the median.</summary>
    private static Vector3D MedianStep(List<Vector3D> steps, List<double> gaps, double median) =>
        steps[Enumerable.Range(0, gaps.Count).MinBy(i => Math.Abs(gaps[i] - median))];
}
