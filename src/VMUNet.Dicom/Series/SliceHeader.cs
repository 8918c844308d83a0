namespace VMUNet.Dicom;

/// <summary>One frame of one image: geometry and pixel attributes, single-frame and multi-frame objects
/// alike.</summary>
internal sealed record SliceHeader
{
    public required string Path { get; init; }

    /// <summary>The whole data set; its pixel data stays in the file until asked for.</summary>
    public required DicomDataset Data { get; init; }

    public required string SopClassUid { get; init; }

    public required string SopInstanceUid { get; init; }

    /// <summary>0-based frame in the object.</summary>
    public required int FrameIndex { get; init; }

    /// <summary>Whether a reference to this slice needs a frame number.</summary>
    public required bool IsMultiFrame { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>Functional groups of the frame, innermost first, then the data set: where attributes are looked
    /// up.</summary>
    public required IReadOnlyList<DicomDataset> Scopes { get; init; }

    public string[]? PositionText { get; init; }

    public double[]? Position { get; init; }

    public string[]? OrientationText { get; init; }

    public double[]? Orientation { get; init; }

    public string[]? SpacingText { get; init; }

    /// <summary>Between rows, between columns, millimetres.</summary>
    public double[]? Spacing { get; init; }

    public string ImageType { get; init; } = "";

    public string FrameOfReferenceUid { get; init; } = "";

    public bool HasGeometry => Position is not null && Orientation is not null && Spacing is not null;

    public bool IsColour =>
        Data.GetInt(DicomTag.SamplesPerPixel, 1) > 1 || Data.GetText(DicomTag.PhotometricInterpretation) == "PALETTE COLOR";

    public bool IsLocalizer => ImageTypePart(2) == "LOCALIZER";

    public bool IsDerived => ImageTypePart(0) == "DERIVED";

    /// <summary>A number from the frame's functional groups, else from the data set.</summary>
    public double? Number(DicomTag tag) =>
        Scopes.Select(s => s.GetNumber(tag)).FirstOrDefault(n => n is not null);

    /// <summary>A text from the frame's functional groups, else from the data set; empty when nowhere.</summary>
    public string Text(DicomTag tag) => Scopes.Select(s => s.GetText(tag)).FirstOrDefault(t => t.Length > 0) ?? "";

    /// <summary>The slices of one object: one, or one per frame of an enhanced multi-frame object.</summary>
    public static IEnumerable<SliceHeader> Of(string path, DicomDataset data)
    {
        var frames = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        if (frames.Count == 0)
        {
            yield return Create(path, data, 0, false, [data]);
            yield break;
        }
        var shared = data.GetFirstItem(DicomTag.SharedFunctionalGroupsSequence);
        for (var i = 0; i < frames.Count; i++)
        {
            yield return Create(path, data, i, true, [.. Groups(frames[i]), .. Groups(shared), data]);
        }
    }

    private static SliceHeader Create(
        string path, DicomDataset data, int frame, bool isMultiFrame, IReadOnlyList<DicomDataset> scopes)
    {
        var position = First(scopes, DicomTag.ImagePositionPatient, 3);
        var orientation = First(scopes, DicomTag.ImageOrientationPatient, 6);
        var spacing = First(scopes, DicomTag.PixelSpacing, 2);
        return new SliceHeader
        {
            Path = path,
            Data = data,
            SopClassUid = data.GetText(DicomTag.SOPClassUID),
            SopInstanceUid = data.GetText(DicomTag.SOPInstanceUID),
            FrameIndex = frame,
            IsMultiFrame = isMultiFrame,
            Rows = data.GetInt(DicomTag.Rows, 0),
            Columns = data.GetInt(DicomTag.Columns, 0),
            Scopes = scopes,
            PositionText = position?.GetParts(DicomTag.ImagePositionPatient, 3),
            Position = position?.GetNumbers(DicomTag.ImagePositionPatient, 3),
            OrientationText = orientation?.GetParts(DicomTag.ImageOrientationPatient, 6),
            Orientation = orientation?.GetNumbers(DicomTag.ImageOrientationPatient, 6),
            SpacingText = spacing?.GetParts(DicomTag.PixelSpacing, 2),
            Spacing = spacing?.GetNumbers(DicomTag.PixelSpacing, 2),
            ImageType = data.GetText(DicomTag.ImageType),
            FrameOfReferenceUid = data.GetText(DicomTag.FrameOfReferenceUID),
        };
    }

    private static DicomDataset? First(IReadOnlyList<DicomDataset> scopes, DicomTag tag, int count) =>
        scopes.FirstOrDefault(s => s.GetParts(tag, count) is not null);

    /// <summary>The first item of every functional group of a frame.</summary>
    private static IEnumerable<DicomDataset> Groups(DicomDataset? frame) =>
        frame is null ? [] : frame.OfType<DicomSequence>().Where(s => s.Items.Count > 0).Select(s => s.Items[0]);

    private string ImageTypePart(int index)
    {
        var parts = ImageType.Split('\\');
        return parts.Length > index ? parts[index].Trim() : "";
    }
}
