namespace VMUNet.Imaging;

/// <summary>
/// How the slices of one orientation stack up: order along the normal, spacing, regularity, tilt and duplicates. Decided from
/// positions alone; instance numbers, file names, slice thickness and arrival order have no say.
/// </summary>
#pragma warning disable CA1711 // a stack of slices is what radiology calls it; no one takes it for a collection type
public sealed record SliceStack
#pragma warning restore CA1711
{
    // Slices closer than this lie at one position; gaps may differ from the median by this much (decimal strings are rounded).
    private const double PositionToleranceMm = 0.01;
    private const double GapTolerance = 0.01;
    private const double TiltToleranceDegrees = 0.5;

    private SliceStack()
    {
    }

    /// <summary>Row direction x column direction, unit length; the stack's index runs along it.</summary>
    public required Vector3D Normal { get; init; }

    /// <summary>For each place in the stack, the index in the given list of positions; equal positions keep the given order.</summary>
    public required IReadOnlyList<int> Order { get; init; }

    /// <summary>Positions in stack order.</summary>
    public required IReadOnlyList<Vector3D> Positions { get; init; }

    /// <summary>Distance of every slice along the normal, ascending, millimetres.</summary>
    public required IReadOnlyList<double> DistancesMm { get; init; }

    /// <summary>Differences of neighbouring distances; one less than slices.</summary>
    public required IReadOnlyList<double> GapsMm { get; init; }

    /// <summary>Median gap: the slice spacing. Null for a single slice, whose spacing no position can tell.</summary>
    public required double? MedianGapMm { get; init; }

    /// <summary>Angle between the way from the first to the last slice and the normal; 0 for a single slice.</summary>
    public required double TiltDegrees { get; init; }

    /// <summary>For each position of the stack, ascending, the given indices that lie there: one, unless there are
    /// duplicates. Slices within 0.01 mm of their neighbour along the normal share a position.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Places { get; init; }

    /// <summary>Groups of given indices that lie at one position; empty when every position is taken once.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Duplicates => [.. Places.Where(place => place.Count > 1)];

    /// <summary>True if every gap equals the median within 0.01 mm or 1 %; sideways steps have no say.</summary>
    public required bool HasEvenGaps { get; init; }

    /// <summary>True if every step drifts sideways as the mean step does, within 0.01 mm or 1 % of the median gap.</summary>
    public required bool HasEvenDrift { get; init; }

    /// <summary>True if one step describes all slices, along the normal and across.</summary>
    public bool IsEvenlySpaced => HasEvenGaps && HasEvenDrift;

    /// <summary>True when the stack leans (gantry tilt): more than 0.5 degrees between stack and normal.</summary>
    public bool IsTilted => TiltDegrees > TiltToleranceDegrees;

    /// <summary>True when one step along the normal describes the stack.</summary>
    public bool IsRegular => IsEvenlySpaced && !IsTilted && Places.Count == Order.Count;

    /// <summary>Judges a stack.</summary>
    /// <param name="rowDirection">Direction of increasing column index (ImageOrientationPatient, first three).</param>
    /// <param name="columnDirection">Direction of increasing row index (ImageOrientationPatient, last three).</param>
    /// <param name="positions">ImagePositionPatient of each slice, at least one, any order.</param>
    public static SliceStack Of(Vector3D rowDirection, Vector3D columnDirection, IReadOnlyList<Vector3D> positions)
    {
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentOutOfRangeException.ThrowIfZero(positions.Count, nameof(positions));
        var normal = rowDirection.Cross(columnDirection).Normalize();
        int[] order = [.. Enumerable.Range(0, positions.Count).OrderBy(i => positions[i].Dot(normal))];
        Vector3D[] sorted = [.. order.Select(i => positions[i])];
        double[] distances = [.. sorted.Select(position => position.Dot(normal))];
        double[] gaps = [.. distances.Zip(distances.Skip(1), (a, b) => b - a)];
        double? median = gaps.Length == 0 ? null : Median(gaps);
        var tolerance = Math.Max(PositionToleranceMm, GapTolerance * (median ?? 0));
        return new SliceStack
        {
            Normal = normal,
            Order = order,
            Positions = sorted,
            DistancesMm = distances,
            GapsMm = gaps,
            MedianGapMm = median,
            TiltDegrees = Tilt(sorted, normal),
            Places = FindPlaces(order, gaps),
            HasEvenGaps = gaps.All(gap => Math.Abs(gap - median!.Value) <= tolerance),
            HasEvenDrift = DriftEvenly(sorted, normal, tolerance),
        };
    }

    /// <summary>
    /// The grid of the stack. A regular stack has its mean step; a tilted or uneven one also carries the place of every slice.
    /// </summary>
    /// <param name="rows">Rows of a slice.</param>
    /// <param name="columns">Columns of a slice.</param>
    /// <param name="rowDirection">As given to <see cref="Of"/>.</param>
    /// <param name="columnDirection">As given to <see cref="Of"/>.</param>
    /// <param name="rowSpacingMm">Distance between rows.</param>
    /// <param name="columnSpacingMm">Distance between columns.</param>
    /// <param name="singleSliceSpacingMm">Slice distance to state when there is but one slice (its thickness).</param>
    /// <exception cref="InvalidOperationException">Two slices lie at one position; drop or split them first.</exception>
    public VolumeGeometry ToGeometry(
        int rows, int columns, Vector3D rowDirection, Vector3D columnDirection,
        double rowSpacingMm, double columnSpacingMm, double singleSliceSpacingMm)
    {
        if (Places.Count < Order.Count)
        {
            throw new InvalidOperationException("A stack with two slices at one position has no geometry.");
        }

        var count = Positions.Count;
        var meanStep = count == 1 ? Normal * singleSliceSpacingMm : (Positions[^1] - Positions[0]) * (1.0 / (count - 1));
        return new VolumeGeometry
        {
            Slices = count,
            Rows = rows,
            Columns = columns,
            Origin = Positions[0],
            RowDirection = rowDirection.Normalize(),
            ColumnDirection = columnDirection.Normalize(),
            SliceStep = IsEvenlySpaced ? meanStep : Normal * MedianGapMm!.Value,
            RowSpacingMm = rowSpacingMm,
            ColumnSpacingMm = columnSpacingMm,
            SliceOrigins = IsRegular ? null : Positions,
        };
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double Tilt(Vector3D[] sorted, Vector3D normal)
    {
        var way = sorted[^1] - sorted[0];
        var along = way.Dot(normal);
        var across = (way - (normal * along)).Length;
        return along <= PositionToleranceMm ? 0 : Math.Atan2(across, along) * 180 / Math.PI;
    }

    private static List<int[]> FindPlaces(int[] order, double[] gaps)
    {
        var places = new List<int[]>();
        for (var first = 0; first < order.Length;)
        {
            var last = first;
            while (last < gaps.Length && gaps[last] <= PositionToleranceMm)
            {
                last++;
            }

            places.Add(order[first..(last + 1)]);
            first = last + 1;
        }

        return places;
    }

    private static bool DriftEvenly(Vector3D[] sorted, Vector3D normal, double tolerance)
    {
        var steps = sorted.Zip(sorted.Skip(1), (a, b) => Across(b - a)).ToList();
        var mean = Across(sorted[^1] - sorted[0]) * (1.0 / Math.Max(1, steps.Count));
        return steps.TrueForAll(step => (step - mean).Length <= tolerance);

        Vector3D Across(Vector3D step) => step - (normal * step.Dot(normal));
    }
}
