using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Geometry of the slices of a volume: judged from positions alone; never from the tilt attribute, and from
/// SliceThickness only where there is one slice.</summary>
internal static class StackGeometry
{
    /// <summary>More voxels than this are refused before anything is allocated (3.2 GB as float).</summary>
    private const long MaxVoxels = 800_000_000;

    /// <summary>How slices of one orientation stack up.</summary>
    public static SliceStack StackOf(IReadOnlyList<SliceHeader> slices)
    {
        var (row, column) = Directions(slices[0]);
        return SliceStack.Of(row, column, [.. slices.Select(s => s.Position!.ToVector())]);
    }

    /// <summary>The grid that sorted slices of one orientation make, and whether the distance between them is
    /// even.</summary>
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
        var stack = StackOf(slices);
        var singleSliceSpacingMm = SingleSliceSpacingMm(first);
        AddNotes(stack, singleSliceSpacingMm, notes);
        var (row, column) = Directions(first);
        var geometry = stack.ToGeometry(first.Rows, first.Columns, row, column,
            first.Spacing![0], first.Spacing[1], singleSliceSpacingMm);
        return (geometry, stack.HasEvenGaps);
    }

    private static (Vector3D Row, Vector3D Column) Directions(SliceHeader slice) =>
        (slice.Orientation!.ToVector().Normalize(), slice.Orientation!.ToVector(3).Normalize());

    private static double SingleSliceSpacingMm(SliceHeader slice) =>
        slice.Number(DicomTag.SpacingBetweenSlices) is > 0 and var spacing ? spacing
        : slice.Number(DicomTag.SliceThickness) is > 0 and var thickness ? thickness
        : 1;

    private static void AddNotes(SliceStack stack, double singleSliceSpacingMm, List<string> notes)
    {
        if (stack.MedianGapMm is null)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"single-slice: the series has one slice; a slice distance of {singleSliceSpacingMm:0.###} mm is taken "
                + $"from its header, volumes depend on it"));
        }
        if (!stack.HasEvenGaps)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"irregular-spacing: slices lie {stack.GapsMm.Min():0.###} to {stack.GapsMm.Max():0.###} mm apart; they "
                + $"are segmented one by one, distances and volumes across slices are not comparable"));
        }
        if (stack.IsTilted || !stack.HasEvenDrift)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"gantry-tilt: slices are shifted against each other by {stack.TiltDegrees:0.#} degrees; they are "
                + $"segmented one by one"));
        }
    }
}
