using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>
/// Labels of a SEG that lies on a grid of its own (another pixel spacing, slice distance or orientation) brought to the
/// source grid: a source voxel gets the label of the SEG voxel that its centre lies in, nothing between is invented.
/// </summary>
internal sealed class OtherGrid
{
    private const double CosineTolerance = 1e-4;
    private const double SpacingTolerance = 1e-3;
    private const double SamePlaneMm = 0.01;
    private const double GapTolerance = 0.01;

    private readonly List<Plane> _planes;
    private readonly SegFrames _frames;
    private readonly SegFrameSource _first;
    private readonly Vector3D _normal;

    private OtherGrid(SegFrames frames, List<Plane> planes, double gapMm)
    {
        (_frames, _planes, GapMm) = (frames, planes, gapMm);
        _first = frames.All[0];
        _normal = NormalOf(_first);
    }

    /// <summary>Distance between the planes of the SEG, empty ones included.</summary>
    public double GapMm { get; }

    /// <summary>The grid of the frames; null when they do not say where they lie, or lie on the source's own lattice, where
    /// a frame beside its pixels or slices is a fault of the SEG and is refused.</summary>
    public static OtherGrid? Of(DicomDataset data, SourceSeries source)
    {
        if (!source.HasPatientGeometry || data.GetText(DicomTag.FrameOfReferenceUID).Length == 0
            || data.GetText(DicomTag.FrameOfReferenceUID) != source.FrameOfReferenceUid)
        {
            return null;
        }
        var frames = SegFrames.Of(data);
        var first = frames.All[0];
        if (frames.All.Any(f => f.Position is null || f.Row is null || f.Column is null || f.Spacing is null
            || !IsOneLattice(f, first)))
        {
            return null;
        }
        var normal = NormalOf(first);
        var planes = new List<Plane>();
        foreach (var frame in frames.All.OrderBy(f => normal.Dot(f.Position!.Value)))
        {
            var along = normal.Dot(frame.Position!.Value);
            if (planes.Count == 0 || along - planes[^1].AlongMm > SamePlaneMm)
            {
                planes.Add(new Plane(along, frame.Position.Value, new byte[frames.Rows * frames.Columns], []));
            }
            planes[^1].Frames.Add(frame);
        }
        return GapOf(data, planes) is { } gap && IsOther(source.Geometry, first, gap)
            ? new OtherGrid(frames, planes, gap)
            : null;
    }

    /// <summary>Labels on the source grid.</summary>
    /// <exception cref="RefusalException">A segment with voxels that is no organ asked for, or labelled voxels outside the
    /// source images.</exception>
    public SegContent.Labels Read(SegmentTable segments, SourceSeries source)
    {
        var (used, overlaps) = Paint(segments);
        segments.DemandKnown(used);
        DemandInside(source);
        var labels = new byte[source.Geometry.VoxelCount];
        for (var z = 0; z < source.Geometry.Slices; z++)
        {
            Sample(source, z, labels);
        }
        return new SegContent.Labels(new LabelMap(source.Geometry, labels), segments.Found,
            [Note(source.Geometry), .. SegReader.Notes(_frames, segments, overlaps)]);
    }

    private string Note(VolumeGeometry grid) => string.Create(CultureInfo.InvariantCulture,
        $"other-grid: the SEG lies on voxels of {GapMm:0.###} x {_first.Spacing![0]:0.###} x {_first.Spacing[1]:0.###} mm and was "
        + $"brought to those of the images, {grid.Spacing.Z:0.###} x {grid.Spacing.Y:0.###} x {grid.Spacing.X:0.###} mm, by "
        + $"nearest voxel; surfaces may be off by half of either");

    /// <summary>Collects the segments of each plane; where organs overlap, the one asked for first wins.</summary>
    private (HashSet<int> Used, long Overlaps) Paint(SegmentTable segments)
    {
        var rank = new int[256];
        for (var i = 0; i < segments.Wanted.Count; i++)
        {
            rank[segments.Wanted[i].Value] = i;
        }
        var used = new HashSet<int>();
        long overlaps = 0;
        foreach (var plane in _planes)
        {
            foreach (var frame in plane.Frames)
            {
                for (var pixels = _frames.Labelled(frame.Index); pixels.MoveNext();)
                {
                    var segment = _frames.IsLabelMap ? pixels.Value : frame.SegmentNumber;
                    used.Add(segment);
                    var label = segments.LabelOf(segment);
                    ref var there = ref plane.Labels[pixels.Index];
                    overlaps += there != 0 && label != 0 && there != label ? 1 : 0;
                    there = label != 0 && (there == 0 || rank[label] < rank[there]) ? label : there;
                }
            }
        }
        return (used, overlaps);
    }

    private void Sample(SourceSeries source, int z, byte[] labels)
    {
        var grid = source.Geometry;
        var origin = source.Frames[z].Position ?? grid.ToPatient(z, 0, 0);
        var (rowStep, columnStep) = (grid.ColumnDirection * grid.RowSpacingMm, grid.RowDirection * grid.ColumnSpacingMm);
        var at = z * grid.Rows * grid.Columns;
        var plane = 0;
        for (var y = 0; y < grid.Rows; y++)
        {
            var point = origin + rowStep * y;
            for (var x = 0; x < grid.Columns; x++, at++, point += columnStep)
            {
                plane = Nearest(_normal.Dot(point), plane);
                labels[at] = LabelAt(_planes[plane], point);
            }
        }
    }

    /// <summary>The plane nearest to a height, searched from the last one found: heights change little from voxel to
    /// voxel.</summary>
    private int Nearest(double alongMm, int plane)
    {
        while (plane + 1 < _planes.Count
            && Math.Abs(_planes[plane + 1].AlongMm - alongMm) < Math.Abs(_planes[plane].AlongMm - alongMm))
        {
            plane++;
        }
        while (plane > 0 && Math.Abs(_planes[plane - 1].AlongMm - alongMm) <= Math.Abs(_planes[plane].AlongMm - alongMm))
        {
            plane--;
        }
        return plane;
    }

    private byte LabelAt(Plane plane, Vector3D point)
    {
        var offset = point - plane.Origin;
        // half a gap to either side belongs to the plane; the hair is for positions written as decimal texts
        if (Math.Abs(_normal.Dot(offset)) > GapMm / 2 * (1 + 1e-6))
        {
            return 0;
        }
        var row = (int)Math.Floor(offset.Dot(_first.Column!.Value) / _first.Spacing![0] + 0.5);
        var column = (int)Math.Floor(offset.Dot(_first.Row!.Value) / _first.Spacing[1] + 0.5);
        return row >= 0 && row < _frames.Rows && column >= 0 && column < _frames.Columns
            ? plane.Labels[row * _frames.Columns + column]
            : (byte)0;
    }

    /// <summary>A labelled voxel more than one voxel of either grid beyond the images was drawn on others.</summary>
    private void DemandInside(SourceSeries source)
    {
        var grid = source.Geometry;
        var (rowStep, columnStep) = (_first.Column!.Value * _first.Spacing![0], _first.Row!.Value * _first.Spacing[1]);
        var gap = _normal * GapMm;
        double Voxel(Vector3D axis, double spacingMm) =>
            1 + (Math.Abs(axis.Dot(rowStep)) + Math.Abs(axis.Dot(columnStep)) + Math.Abs(axis.Dot(gap))) / spacingMm;
        var (slackZ, slackY, slackX) = (Voxel(grid.Normal, grid.Spacing.Z), Voxel(grid.ColumnDirection, grid.RowSpacingMm),
            Voxel(grid.RowDirection, grid.ColumnSpacingMm));
        foreach (var plane in _planes)
        {
            for (var i = 0; i < plane.Labels.Length; i++)
            {
                if (plane.Labels[i] == 0)
                {
                    continue;
                }
                var (z, y, x) = grid.ToIndex(
                    plane.Origin + rowStep * (i / _frames.Columns) + columnStep * (i % _frames.Columns));
                if (z < -slackZ || y < -slackY || x < -slackX || z > grid.Slices - 1 + slackZ
                    || y > grid.Rows - 1 + slackY || x > grid.Columns - 1 + slackX)
                {
                    throw new RefusalException(RefusalReason.OffGrid,
                        $"SEG {plane.Frames[0]} has labelled pixels outside the source images; expected all of them inside. "
                        + "Make the SEG on this series");
                }
            }
        }
    }

    private static Vector3D NormalOf(SegFrameSource frame) => frame.Row!.Value.Cross(frame.Column!.Value).Normalize();

    private static bool IsOneLattice(SegFrameSource frame, SegFrameSource first) =>
        (frame.Row!.Value - first.Row!.Value).Length <= CosineTolerance
        && (frame.Column!.Value - first.Column!.Value).Length <= CosineTolerance
        && Math.Abs(frame.Row.Value.Dot(frame.Column.Value)) <= CosineTolerance
        && Math.Abs(frame.Row.Value.Length - 1) <= SpacingTolerance
        && Math.Abs(frame.Column.Value.Length - 1) <= SpacingTolerance
        && frame.Spacing![0] > 0 && frame.Spacing[1] > 0
        && Math.Abs(frame.Spacing[0] / first.Spacing![0] - 1) <= SpacingTolerance
        && Math.Abs(frame.Spacing[1] / first.Spacing[1] - 1) <= SpacingTolerance;

    /// <summary>Distance between planes: as stated, unless planes lie closer than that; else the closest two; of a single
    /// plane its thickness.</summary>
    private static double? GapOf(DicomDataset data, List<Plane> planes)
    {
        var measures = data.GetFirstItem(DicomTag.SharedFunctionalGroupsSequence)
                ?.GetFirstItem(DicomTag.PixelMeasuresSequence)
            ?? data.GetFirstItem(DicomTag.PerFrameFunctionalGroupsSequence)?.GetFirstItem(DicomTag.PixelMeasuresSequence);
        var closest = planes.Zip(planes.Skip(1), (a, b) => b.AlongMm - a.AlongMm).DefaultIfEmpty(double.NaN).Min();
        if (measures?.GetNumber(DicomTag.SpacingBetweenSlices) is > 0 and var stated && !(stated > closest * (1 + GapTolerance)))
        {
            return stated;
        }
        return !double.IsNaN(closest) ? closest
            : measures?.GetNumber(DicomTag.SliceThickness) is > 0 and var thickness ? thickness
            : null;
    }

    private static bool IsOther(VolumeGeometry grid, SegFrameSource first, double gapMm)
    {
        bool Differ(double a, double b) => Math.Abs(a / b - 1) > GapTolerance;
        double[] axes = [Along(grid.RowDirection, first), Along(grid.ColumnDirection, first)];
        return axes.Any(a => a < 1 - CosineTolerance)
            || Differ(gapMm, grid.Spacing.Z)
            || Differ(Math.Min(first.Spacing![0], first.Spacing[1]), Math.Min(grid.RowSpacingMm, grid.ColumnSpacingMm))
            || Differ(Math.Max(first.Spacing[0], first.Spacing[1]), Math.Max(grid.RowSpacingMm, grid.ColumnSpacingMm));
    }

    /// <summary>How parallel a source axis is to the nearer of the two axes of the SEG's plane.</summary>
    private static double Along(Vector3D axis, SegFrameSource first) =>
        Math.Max(Math.Abs(axis.Dot(first.Row!.Value)), Math.Abs(axis.Dot(first.Column!.Value)));

    /// <summary>One plane of the SEG: its height along the normal, centre of its first pixel, its labels.</summary>
    private sealed record Plane(double AlongMm, Vector3D Origin, byte[] Labels, List<SegFrameSource> Frames);
}
