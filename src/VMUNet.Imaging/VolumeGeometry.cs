namespace VMUNet.Imaging;

/// <summary>
/// Where the voxels of a grid lie in patient space (LPS, millimetres). Indices are always slice, row, column (z, y, x).
/// A grid is regular when every slice lies one <see cref="SliceStep"/> after the last; missing slices, variable spacing and
/// gantry tilt are kept in <see cref="SliceOrigins"/>. Grids read from NIfTI may be left-handed.
/// </summary>
public sealed record VolumeGeometry
{
    // metrics.md section 5: when two grids count as the same.
    private const double DirectionTolerance = 1e-4;
    private const double SpacingTolerance = 1e-3;
    private const double OriginTolerance = 0.01;

    /// <summary>Number of slices.</summary>
    public required int Slices { get; init; }

    /// <summary>Rows of a slice (its height in pixels).</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of a slice (its width in pixels).</summary>
    public required int Columns { get; init; }

    /// <summary>Centre of voxel (0, 0, 0).</summary>
    public required Vector3D Origin { get; init; }

    /// <summary>Unit vector along a row: the direction of increasing column index (DICOM's row cosines).</summary>
    public required Vector3D RowDirection { get; init; }

    /// <summary>Unit vector along a column: the direction of increasing row index (DICOM's column cosines).</summary>
    public required Vector3D ColumnDirection { get; init; }

    /// <summary>From a slice to the next, millimetres; the median step when the grid is irregular.</summary>
    public required Vector3D SliceStep { get; init; }

    /// <summary>Distance between rows (DICOM PixelSpacing, first value).</summary>
    public required double RowSpacingMm { get; init; }

    /// <summary>Distance between columns (DICOM PixelSpacing, second value).</summary>
    public required double ColumnSpacingMm { get; init; }

    /// <summary>Centre of voxel (z, 0, 0) for every slice; set only when the grid is irregular or tilted.</summary>
    public IReadOnlyList<Vector3D>? SliceOrigins { get; init; }

    /// <summary>What distances on this grid mean.</summary>
    public LengthUnit Unit { get; init; } = LengthUnit.Millimetre;

    /// <summary>True for photographs: one plane, scored in two dimensions. A one-slice volume is not a picture.</summary>
    public bool IsPicture { get; init; }

    /// <summary>Number of voxels.</summary>
    public long VoxelCount => (long)Slices * Rows * Columns;

    /// <summary>True when one step vector describes all slices and it is perpendicular to them.</summary>
    public bool IsRegular => SliceOrigins is null;

    /// <summary>Unit normal of the slices: row direction x column direction.</summary>
    public Vector3D Normal => RowDirection.Cross(ColumnDirection).Normalize();

    /// <summary>Voxel distances; the slice distance is measured along the normal.</summary>
    public SpacingMm Spacing => new(Math.Abs(Normal.Dot(SliceStep)), RowSpacingMm, ColumnSpacingMm);

    /// <summary>Grid of a photograph without calibration: one slice, spacing 1 pixel, two-dimensional.</summary>
    public static VolumeGeometry ForPicture(int rows, int columns) => new()
    {
        Slices = 1,
        Rows = rows,
        Columns = columns,
        Origin = default,
        RowDirection = new Vector3D(1, 0, 0),
        ColumnDirection = new Vector3D(0, 1, 0),
        SliceStep = new Vector3D(0, 0, 1),
        RowSpacingMm = 1,
        ColumnSpacingMm = 1,
        Unit = LengthUnit.Pixel,
        IsPicture = true,
    };

    /// <summary>Axial grid in patient axes (rows to the left, columns to posterior, slices to the head).</summary>
    public static VolumeGeometry Axial(int slices, int rows, int columns, SpacingMm spacing, Vector3D origin = default)
        => new()
        {
            Slices = slices,
            Rows = rows,
            Columns = columns,
            Origin = origin,
            RowDirection = new Vector3D(1, 0, 0),
            ColumnDirection = new Vector3D(0, 1, 0),
            SliceStep = new Vector3D(0, 0, spacing.Z),
            RowSpacingMm = spacing.Y,
            ColumnSpacingMm = spacing.X,
        };

    /// <summary>Patient position of an index; fractional indices lie between voxel centres.</summary>
    public Vector3D ToPatient(double z, double y, double x)
        => SliceOrigin(z) + (ColumnDirection * (y * RowSpacingMm)) + (RowDirection * (x * ColumnSpacingMm));

    /// <summary>Fractional index of a patient position; may lie outside the grid.</summary>
    public (double Z, double Y, double X) ToIndex(Vector3D p)
    {
        var z = SliceOrigins is null ? RegularSliceIndex(p) : IrregularSliceIndex(p, SliceOrigins);
        var inPlane = p - SliceOrigin(z);

        // The two in-plane directions may be a hair off 90 degrees; solve the 2x2 system instead of projecting.
        var cosine = RowDirection.Dot(ColumnDirection);
        var alongRow = inPlane.Dot(RowDirection);
        var alongColumn = inPlane.Dot(ColumnDirection);
        var determinant = 1 - (cosine * cosine);
        var x = (alongRow - (cosine * alongColumn)) / determinant;
        var y = (alongColumn - (cosine * alongRow)) / determinant;
        return (z, y / RowSpacingMm, x / ColumnSpacingMm);
    }

    /// <summary>Compares two grids: direction 1e-4, spacing 1e-3 relative, origin 0.01 x the smallest spacing.</summary>
    /// <returns>Null if they are the same grid, else one sentence naming the first difference.</returns>
    public string? DifferenceFrom(VolumeGeometry other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if ((Slices, Rows, Columns) != (other.Slices, other.Rows, other.Columns))
        {
            return $"Sizes differ (slices x rows x columns): {Slices} x {Rows} x {Columns} against "
                + $"{other.Slices} x {other.Rows} x {other.Columns}.";
        }

        if (Unit != other.Unit || IsPicture != other.IsPicture)
        {
            return $"One grid is measured in {Unit}, the other in {other.Unit}.";
        }

        return DirectionDifference(other) ?? SpacingDifference(other) ?? PositionDifference(other);
    }

    private string? DirectionDifference(VolumeGeometry other)
    {
        var row = (RowDirection - other.RowDirection).Length;
        var column = (ColumnDirection - other.ColumnDirection).Length;
        var step = Slices < 2 ? 0 : (SliceStep.Normalize() - other.SliceStep.Normalize()).Length;
        var worst = Math.Max(row, Math.Max(column, step));
        return worst <= DirectionTolerance
            ? null
            : FormattableString.Invariant($"Axis directions differ by {worst:G4}; at most {DirectionTolerance} is allowed.");
    }

    private string? SpacingDifference(VolumeGeometry other)
    {
        var (a, b) = (Spacing, other.Spacing);
        var zAgrees = Slices < 2 || AreClose(a.Z, b.Z);
        return zAgrees && AreClose(a.Y, b.Y) && AreClose(a.X, b.X)
            ? null
            : FormattableString.Invariant(
                $"Spacings differ (z, y, x): {a.Z:G6}, {a.Y:G6}, {a.X:G6} mm against {b.Z:G6}, {b.Y:G6}, {b.X:G6} mm.");

        static bool AreClose(double p, double q) => Math.Abs(p - q) <= SpacingTolerance * Math.Max(Math.Abs(p), Math.Abs(q));
    }

    private string? PositionDifference(VolumeGeometry other)
    {
        var spacing = Spacing;
        var smallest = Math.Min(spacing.Y, spacing.X);
        smallest = Slices < 2 ? smallest : Math.Min(smallest, spacing.Z);
        var isRegularPair = IsRegular && other.IsRegular;
        for (var z = 0; z < Slices; z++)
        {
            // For two regular grids the first slice decides; step and spacing were compared before.
            if (z > 0 && isRegularPair)
            {
                break;
            }

            var distance = (SliceOrigin(z) - other.SliceOrigin(z)).Length;
            if (distance > OriginTolerance * smallest)
            {
                return FormattableString.Invariant(
                    $"Slice {z} lies {distance:G4} mm away from its counterpart; at most {OriginTolerance * smallest:G4} mm is allowed.");
            }
        }

        return null;
    }

    private Vector3D SliceOrigin(double z)
    {
        if (SliceOrigins is not { Count: > 0 } origins)
        {
            return Origin + (SliceStep * z);
        }

        if (origins.Count == 1)
        {
            return origins[0] + (SliceStep * z);
        }

        var below = (int)Math.Clamp(Math.Floor(z), 0, origins.Count - 2);
        return origins[below] + ((origins[below + 1] - origins[below]) * (z - below));
    }

    private double RegularSliceIndex(Vector3D p)
    {
        var normal = Normal;
        return (p - Origin).Dot(normal) / SliceStep.Dot(normal);
    }

    private double IrregularSliceIndex(Vector3D p, IReadOnlyList<Vector3D> origins)
    {
        var normal = Normal;
        if (origins.Count == 1)
        {
            return (p - origins[0]).Dot(normal) / SliceStep.Dot(normal);
        }

        var sign = Math.Sign(SliceStep.Dot(normal));
        var key = sign * p.Dot(normal);
        var below = 0;
        while (below < origins.Count - 2 && sign * origins[below + 1].Dot(normal) <= key)
        {
            below++;
        }

        var start = sign * origins[below].Dot(normal);
        var end = sign * origins[below + 1].Dot(normal);
        return below + ((key - start) / (end - start));
    }
}
