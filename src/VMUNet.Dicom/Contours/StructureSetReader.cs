using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Contours of an RT Structure Set (PS3.3 A.19) to labels on the source grid. A voxel belongs to a region where
/// its centre lies inside; contours inside contours of one region are holes.</summary>
internal static class StructureSetReader
{
    private const double PlaneTolerance = 0.1;
    private const double PlaneToleranceMm = 0.05;
    private const int MaxPoints = 1_000_000;

    /// <summary>What a structure set says about itself.</summary>
    public static SegReferences References(DicomDataset data)
    {
        var series = data.GetItems(DicomTag.ReferencedFrameOfReferenceSequence)
            .SelectMany(f => f.GetItems(DicomTag.RTReferencedStudySequence))
            .SelectMany(s => s.GetItems(DicomTag.RTReferencedSeriesSequence)).ToList();
        var images = series.SelectMany(s => s.GetItems(DicomTag.ContourImageSequence))
            .Concat(Contours(data).SelectMany(c => c.GetItems(DicomTag.ContourImageSequence)));
        return new SegReferences
        {
            SopClassUid = data.GetText(DicomTag.SOPClassUID),
            SopInstanceUid = data.GetText(DicomTag.SOPInstanceUID),
            SeriesInstanceUid = data.GetText(DicomTag.SeriesInstanceUID),
            StudyInstanceUid = data.GetText(DicomTag.StudyInstanceUID),
            ReferencedSeriesUid = series.Count > 0 && series[0].GetText(DicomTag.SeriesInstanceUID) is { Length: > 0 } uid
                ? uid
                : null,
            ReferencedInstanceUids = [.. images.Select(i => i.GetText(DicomTag.ReferencedSOPInstanceUID))
                .Where(u => u.Length > 0).Distinct()],
            IsOurs = false,
        };
    }

    /// <summary>Labels of the regions that name an organ asked for.</summary>
    /// <exception cref="RefusalException">Another study or space, a contour off the slices or outside the images, or a
    /// region with contours that is no organ asked for.</exception>
    public static SegContent.Labels Read(DicomDataset data, SourceSeries source, IReadOnlyList<OrganLabel> organs)
    {
        SegReader.DemandSamePatientSpace(data, source);
        if (!source.HasPatientGeometry)
        {
            throw new RefusalException(RefusalReason.MissingGeometry,
                $"Structure set {data.GetText(DicomTag.SOPInstanceUID)} gives contours in millimetres and the source is a "
                + "photograph without them; expected a SEG");
        }
        var regions = Regions(data, organs, out var notes);
        DemandSpace(regions, source, data);
        var painter = new LabelPainter(source.Geometry, organs);
        foreach (var region in regions.Where(r => r.Organ is not null))
        {
            Paint(region, source, painter, notes);
        }
        var strangers = regions.Where(r => r.Organ is null && r.Contours.Count > 0).Select(r => $"'{r.Name}'").ToList();
        if (strangers.Count > 0)
        {
            // plans carry body outlines and helper shapes; they are no organs and stay out, in sight
            notes.Add($"Regions that are no organ asked for were left out: {string.Join(", ", strangers)}");
        }
        List<OrganLabel> found = [.. organs.Where(o => regions.Exists(r => r.Organ == o))];
        if (found.Count == 0)
        {
            throw new RefusalException(RefusalReason.UnknownOrgan,
                $"Structure set {data.GetText(DicomTag.SOPInstanceUID)} has the regions {string.Join(", ", strangers)}; "
                + $"expected one of {string.Join(", ", organs.Select(o => o.Name))}. Name the regions after the organs");
        }
        if (painter.Overlaps > 0)
        {
            notes.Add(string.Create(CultureInfo.InvariantCulture,
                $"{painter.Overlaps} voxels lie in more than one region; the organ listed first got them"));
        }
        return new SegContent.Labels(painter.ToLabelMap(), found, notes);
    }

    private static IEnumerable<DicomDataset> Contours(DicomDataset data) =>
        data.GetItems(DicomTag.ROIContourSequence).SelectMany(r => r.GetItems(DicomTag.ContourSequence));

    private static List<Region> Regions(DicomDataset data, IReadOnlyList<OrganLabel> organs, out List<string> notes)
    {
        var contours = data.GetItems(DicomTag.ROIContourSequence)
            .ToLookup(r => r.GetInt(DicomTag.ReferencedROINumber, -1), r => r.GetItems(DicomTag.ContourSequence));
        var codes = data.GetItems(DicomTag.RTROIObservationsSequence)
            .ToLookup(o => o.GetInt(DicomTag.ReferencedROINumber, -1),
                o => o.GetFirstItem(DicomTag.RTROIIdentificationCodeSequence));
        var regions = new List<Region>();
        foreach (var roi in data.GetItems(DicomTag.StructureSetROISequence))
        {
            var number = roi.GetInt(DicomTag.ROINumber, -1);
            var name = roi.GetText(DicomTag.ROIName);
            var code = codes[number].FirstOrDefault(c => c is not null);
            var organ = Terminology.Match(Code(code),
                Code(code?.GetFirstItem(DicomTag.SegmentedPropertyTypeModifierCodeSequence)), name, organs);
            regions.Add(new Region(name, organ, roi.GetText(DicomTag.ReferencedFrameOfReferenceUID),
                [.. contours[number].SelectMany(c => c)]));
        }
        notes = [.. regions.Where(r => r.Organ is not null).GroupBy(r => r.Organ!.Value).Where(g => g.Count() > 1)
            .Select(g => $"{g.Count()} regions mean {g.First().Organ!.Name}; they were joined")];
        return regions;
    }

    private static CodedConcept? Code(DicomDataset? item) => item is null
        ? null
        : new CodedConcept(item.GetText(DicomTag.CodeValue), item.GetText(DicomTag.CodingSchemeDesignator),
            item.GetText(DicomTag.CodeMeaning));

    private static void DemandSpace(List<Region> regions, SourceSeries source, DicomDataset data)
    {
        var other = regions.Find(r => r.Organ is not null && r.FrameOfReferenceUid.Length > 0
            && source.FrameOfReferenceUid.Length > 0 && r.FrameOfReferenceUid != source.FrameOfReferenceUid);
        if (other is not null)
        {
            throw new RefusalException(RefusalReason.OtherFrameOfReference,
                $"Region '{other.Name}' of structure set {data.GetText(DicomTag.SOPInstanceUID)} lies in frame of reference "
                + $"{other.FrameOfReferenceUid}, the source series in {source.FrameOfReferenceUid}; expected the same");
        }
    }

    private static void Paint(Region region, SourceSeries source, LabelPainter painter, List<string> notes)
    {
        var slices = new SortedDictionary<int, List<(double Y, double X)[]>>();
        foreach (var contour in region.Contours)
        {
            if (contour.GetText(DicomTag.ContourGeometricType) is not ("CLOSED_PLANAR" or "CLOSEDPLANAR_XOR"))
            {
                notes.Add($"A contour of '{region.Name}' is no closed plane and was left out");
                continue;
            }
            var (slice, polygon) = Place(contour, region.Name, source);
            if (!slices.TryGetValue(slice, out var polygons))
            {
                slices[slice] = polygons = [];
            }
            polygons.Add(polygon);
        }
        foreach (var (slice, polygons) in slices)
        {
            var place = new FramePlacement(slice, 0, 0, 1, 0, 0, 1);
            foreach (var (y, from, to) in PolygonFill.Runs(polygons, source.Geometry.Rows))
            {
                for (var x = Math.Max(0, from); x < Math.Min(to, source.Geometry.Columns); x++)
                {
                    painter.Paint(place, y, x, region.Organ!.Value);
                }
            }
        }
    }

    /// <summary>The slice of a contour, and its points as fractional rows and columns.</summary>
    private static (int Slice, (double Y, double X)[] Polygon) Place(
        DicomDataset contour, string region, SourceSeries source)
    {
        var parts = contour.GetText(DicomTag.ContourData).Split('\\', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 9 or > 3 * MaxPoints || parts.Length % 3 != 0
            || contour.GetNumbers(DicomTag.ContourData, parts.Length) is not { } numbers)
        {
            throw new RefusalException(RefusalReason.Damaged,
                $"A contour of '{region}' has {parts.Length} values; expected at least three points of three numbers. Export "
                + "it again");
        }
        var points = Enumerable.Range(0, numbers.Length / 3).Select(i => numbers.ToVector(3 * i)).ToList();
        var grid = source.Geometry;
        var slice = Enumerable.Range(0, source.Frames.Count)
            .MinBy(z => Math.Abs(grid.Normal.Dot(points[0] - grid.ToPatient(z, 0, 0))));
        var origin = grid.ToPatient(slice, 0, 0);
        var away = points.Max(p => Math.Abs(grid.Normal.Dot(p - origin)));
        if (away > Math.Max(PlaneToleranceMm, PlaneTolerance * grid.Spacing.Z))
        {
            throw new RefusalException(RefusalReason.OffGrid, string.Create(CultureInfo.InvariantCulture,
                $"A contour of '{region}' lies {away:0.###} mm from the nearest source slice; expected it on one. Draw the "
                + $"contours on this series"));
        }
        return (slice, [.. points.Select(p => FramePlacement.InPlane(grid, p - origin))]);
    }

    private sealed record Region(
        string Name, OrganLabel? Organ, string FrameOfReferenceUid, IReadOnlyList<DicomDataset> Contours);
}
