using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Where a frame's pixels lie on the source grid: a slice, and whole-pixel steps along rows and columns, so
/// that cropped, flipped and transposed frames are placed exactly and nothing is ever resampled.</summary>
internal readonly record struct FramePlacement(int Slice, int Y, int X, int RowY, int RowX, int ColumnY, int ColumnX)
{
    private const double PixelTolerance = 0.1;
    private const double PositionToleranceMm = 0.01;
    private const double RelativePositionTolerance = 0.01;
    private const double TiltTolerance = 0.1;

    /// <summary>The placement of a frame.</summary>
    /// <exception cref="RefusalException">The frame lies on no source slice or off the pixel grid.</exception>
    public static FramePlacement Of(SegFrameSource frame, SegFrames frames, SourceSeries source) =>
        source.HasPatientGeometry && frame is { Position: { } position, Row: { } row, Column: { } column }
            ? ByGeometry(frame, frames, source, position, (row, column))
            : ByReference(frame, frames, source);

    /// <summary>Index of a frame's pixel on the source grid.</summary>
    public (int Y, int X) At(int row, int column) =>
        (Y + row * RowY + column * ColumnY, X + row * RowX + column * ColumnX);

    private static FramePlacement ByGeometry(SegFrameSource frame, SegFrames frames, SourceSeries source,
        Vector3D position, (Vector3D Row, Vector3D Column) direction)
    {
        var grid = source.Geometry;
        var (slice, origin, awayMm) = NearestSlice(source, position);
        if (awayMm > Math.Max(PositionToleranceMm, RelativePositionTolerance * grid.Spacing.Z))
        {
            throw OffGrid(frame, $"lies {awayMm:0.###} mm from the nearest source slice");
        }
        var spacing = frame.Spacing ?? [grid.RowSpacingMm, grid.ColumnSpacingMm];
        var rowStep = direction.Column * spacing[0];
        var columnStep = direction.Row * spacing[1];
        var start = InPlane(grid, position - origin);
        var row = InPlane(grid, rowStep);
        var column = InPlane(grid, columnStep);
        var place = new FramePlacement(slice, Whole(start.Y), Whole(start.X),
            Whole(row.Y), Whole(row.X), Whole(column.Y), Whole(column.X));
        var tiltMm = Math.Abs(rowStep.Dot(grid.Normal)) * frames.Rows
            + Math.Abs(columnStep.Dot(grid.Normal)) * frames.Columns;
        if (tiltMm > TiltTolerance * grid.Spacing.Z || !place.IsTurnOrFlip)
        {
            throw OffGrid(frame, $"has another orientation or pixel spacing than the source images");
        }
        var drift = Math.Max(
            Residual(start.Y, start.X),
            Residual(
                start.Y + (row.Y - place.RowY) * frames.Rows + (column.Y - place.ColumnY) * frames.Columns,
                start.X + (row.X - place.RowX) * frames.Rows + (column.X - place.ColumnX) * frames.Columns));
        return drift <= PixelTolerance
            ? place
            : throw OffGrid(frame, $"lies {drift:0.##} pixels off the pixel grid of the source images");
    }

    private bool IsTurnOrFlip =>
        (Math.Abs(RowY) + Math.Abs(RowX), Math.Abs(ColumnY) + Math.Abs(ColumnX)) == (1, 1)
        && RowY * ColumnY + RowX * ColumnX == 0;

    private static (int Slice, Vector3D Origin, double AwayMm) NearestSlice(SourceSeries source, Vector3D position)
    {
        var normal = source.Geometry.Normal;
        var best = (Slice: 0, Origin: source.Geometry.Origin, AwayMm: double.PositiveInfinity);
        for (var z = 0; z < source.Frames.Count; z++)
        {
            if (source.Frames[z].Position is { } origin
                && Math.Abs(normal.Dot(position - origin)) is var away && away < best.AwayMm)
            {
                best = (z, origin, away);
            }
        }
        return best;
    }

    /// <summary>A displacement in rows and columns; the two directions may be a hair off 90 degrees.</summary>
    public static (double Y, double X) InPlane(VolumeGeometry grid, Vector3D displacement)
    {
        var cosine = grid.RowDirection.Dot(grid.ColumnDirection);
        var alongRow = displacement.Dot(grid.RowDirection);
        var alongColumn = displacement.Dot(grid.ColumnDirection);
        var determinant = 1 - cosine * cosine;
        return ((alongColumn - cosine * alongRow) / determinant / grid.RowSpacingMm,
            (alongRow - cosine * alongColumn) / determinant / grid.ColumnSpacingMm);
    }

    private static FramePlacement ByReference(SegFrameSource frame, SegFrames frames, SourceSeries source)
    {
        var grid = source.Geometry;
        if (frames.Rows != grid.Rows || frames.Columns != grid.Columns)
        {
            throw OffGrid(frame,
                $"has {frames.Rows} x {frames.Columns} pixels, the source {grid.Rows} x {grid.Columns}");
        }
        var slice = ReferencedSlice(frame, source);
        return slice >= 0
            ? new FramePlacement(slice, 0, 0, 1, 0, 0, 1)
            : throw OffGrid(frame, $"has no place and names no image of the source series");
    }

    /// <summary>The slice that a frame names; -1 when it names none of the source's and there is more than
    /// one.</summary>
    private static int ReferencedSlice(SegFrameSource frame, SourceSeries source)
    {
        if (frame.SourceInstanceUid.Length == 0)
        {
            return source.Frames.Count == 1 ? 0 : -1;
        }
        for (var z = 0; z < source.Frames.Count; z++)
        {
            if (source.Frames[z].SopInstanceUid == frame.SourceInstanceUid
                && (source.Frames[z].FrameNumber ?? 1) == (frame.SourceFrame ?? 1))
            {
                return z;
            }
        }
        return -1;
    }

    private static int Whole(double value) => (int)Math.Clamp(Math.Round(value), -1e6, 1e6);

    private static double Residual(double y, double x) =>
        Math.Max(Math.Abs(y - Math.Round(y)), Math.Abs(x - Math.Round(x)));

    private static RefusalException OffGrid(SegFrameSource frame, FormattableString what) => new(RefusalReason.OffGrid,
        $"SEG {frame} {what.ToString(CultureInfo.InvariantCulture)}; expected it on the grid of the source series. Make "
        + "the SEG on this series");
}
