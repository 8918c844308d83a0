using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Size and centre of every organ, computed from the SEG's own bits and planes without our reader, against the
/// labels in memory: a fault that writer and reader share would show here.</summary>
internal static class OrganBalance
{
    private const double CentreToleranceMm = 0.05;

    public static IEnumerable<string> Faults(
        DicomDataset data, SourceSeries source, LabelMap expected, IReadOnlyList<OrganLabel> organs)
    {
        var written = Written(data, source);
        var meant = Meant(expected);
        var segments = data.GetItems(DicomTag.SegmentSequence);
        var found = organs.Where(o => meant[o.Value].Voxels > 0).ToList();
        if (found.Count != segments.Count)
        {
            yield return $"The SEG has {segments.Count} segments, the result {found.Count} organs";
            yield break;
        }
        for (var i = 0; i < segments.Count; i++)
        {
            var (organ, sum) = (found[i], written.GetValueOrDefault(i + 1));
            if (!Means(segments[i], organ))
            {
                yield return $"Segment {i + 1} is not coded as {organ.Name}";
            }
            if (sum.Voxels != meant[organ.Value].Voxels)
            {
                yield return $"{organ.Name} has {sum.Voxels} voxels in the SEG, {meant[organ.Value].Voxels} in memory";
            }
            else if ((sum.Centre - meant[organ.Value].Centre).Length is var away and > CentreToleranceMm)
            {
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"The centre of {organ.Name} lies {away:0.##} mm from where it was found");
            }
        }
    }

    private static bool Means(DicomDataset segment, OrganLabel organ)
    {
        bool Is(DicomDataset? item, CodedConcept? code) => code is null
            ? item is null
            : item is not null && item.GetText(DicomTag.CodeValue) == code.Value
                && item.GetText(DicomTag.CodingSchemeDesignator) == code.Scheme;
        var type = segment.GetFirstItem(DicomTag.SegmentedPropertyTypeCodeSequence);
        return Is(type, organ.Type)
            && Is(segment.GetFirstItem(DicomTag.SegmentedPropertyCategoryCodeSequence), organ.Category)
            && Is(type?.GetFirstItem(DicomTag.SegmentedPropertyTypeModifierCodeSequence), organ.Modifier)
            && segment.GetText(DicomTag.SegmentLabel) == SegSegments.Label(organ);
    }

    private static Sum[] Meant(LabelMap labels)
    {
        var sums = new Sum[256];
        var grid = labels.Geometry;
        for (var z = 0; z < grid.Slices; z++)
        {
            var slice = labels.Slice(z);
            var (origin, row, column) = (grid.ToPatient(z, 0, 0), grid.ColumnDirection * grid.RowSpacingMm,
                grid.RowDirection * grid.ColumnSpacingMm);
            for (var y = 0; y < grid.Rows; y++)
            {
                var line = slice.Slice(y * grid.Columns, grid.Columns);
                for (var x = line.IndexOfAnyExcept((byte)0); x >= 0 && x < line.Length; x++)
                {
                    if (line[x] != 0)
                    {
                        sums[line[x]] = sums[line[x]].With(origin + row * y + column * x);
                    }
                }
            }
        }
        return sums;
    }

    private static Dictionary<int, Sum> Written(DicomDataset data, SourceSeries source)
    {
        var sums = new Dictionary<int, Sum>();
        var bytes = data.GetBytes(DicomTag.PixelData);
        var isLabelMap = data.GetInt(DicomTag.BitsAllocated, 1) == 8;
        var (rows, columns) = (data.GetInt(DicomTag.Rows, 0), data.GetInt(DicomTag.Columns, 0));
        var plane = Plane.Of(data.GetFirstItem(DicomTag.SharedFunctionalGroupsSequence), source);
        var frames = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        for (var f = 0; f < frames.Count; f++)
        {
            var number = frames[f].GetFirstItem(DicomTag.SegmentIdentificationSequence)
                ?.GetInt(DicomTag.ReferencedSegmentNumber, 0) ?? 0;
            var origin = frames[f].GetFirstItem(DicomTag.PlanePositionSequence)
                ?.GetNumbers(DicomTag.ImagePositionPatient, 3)?.ToVector() ?? default;
            var first = (long)f * rows * columns;
            if (isLabelMap)
            {
                AddValues(bytes.AsSpan((int)first, rows * columns), columns, origin, plane, sums);
                continue;
            }
            var sum = sums.GetValueOrDefault(number);
            for (var i = 0; i < rows * columns; i++)
            {
                var bit = first + i;
                if (bytes[bit >> 3] == 0)
                {
                    i += 7 - (int)(bit & 7);
                }
                else if ((bytes[bit >> 3] >> (int)(bit & 7) & 1) != 0)
                {
                    sum = sum.With(origin + plane.RowStep * (i / columns) + plane.ColumnStep * (i % columns));
                }
            }
            sums[number] = sum;
        }
        return sums;
    }

    private static void AddValues(
        ReadOnlySpan<byte> frame, int columns, Vector3D origin, Plane plane, Dictionary<int, Sum> sums)
    {
        for (var i = frame.IndexOfAnyExcept((byte)0); i >= 0 && i < frame.Length; i++)
        {
            if (frame[i] != 0)
            {
                sums[frame[i]] = sums.GetValueOrDefault(frame[i])
                    .With(origin + plane.RowStep * (i / columns) + plane.ColumnStep * (i % columns));
            }
        }
    }

    /// <summary>Steps of one row and one column as the SEG states them; one pixel where it has no planes.</summary>
    private readonly record struct Plane(Vector3D RowStep, Vector3D ColumnStep)
    {
        public static Plane Of(DicomDataset? shared, SourceSeries source)
        {
            var cosines = shared?.GetFirstItem(DicomTag.PlaneOrientationSequence)
                ?.GetNumbers(DicomTag.ImageOrientationPatient, 6);
            var spacing = shared?.GetFirstItem(DicomTag.PixelMeasuresSequence)?.GetNumbers(DicomTag.PixelSpacing, 2);
            return cosines is null || spacing is null
                ? new Plane(source.Geometry.ColumnDirection, source.Geometry.RowDirection)
                : new Plane(cosines.ToVector(3).Normalize() * spacing[0], cosines.ToVector().Normalize() * spacing[1]);
        }
    }

    private readonly record struct Sum(long Voxels, Vector3D Total)
    {
        public Vector3D Centre => Voxels == 0 ? default : Total * (1.0 / Voxels);

        public Sum With(Vector3D at) => new(Voxels + 1, Total + at);
    }
}
