namespace VMUNet.Dicom;

/// <summary>The rules of a Segmentation object that we hold ourselves to: PS3.3 A.51 and C.8.20, and what viewers
/// demand beyond it.</summary>
internal static class SegObjectRules
{
    private static readonly (DicomTag Tag, string Value)[] Fixed =
    [
        (DicomTag.Modality, "SEG"),
        (DicomTag.ImageType, @"DERIVED\PRIMARY"), (DicomTag.SamplesPerPixel, "1"),
        (DicomTag.PhotometricInterpretation, "MONOCHROME2"), (DicomTag.PixelRepresentation, "0"),
        (DicomTag.SegmentsOverlap, "NO"),
    ];

    private static readonly (DicomTag Tag, string Value)[] Binary =
    [
        (DicomTag.SOPClassUID, SopClasses.Segmentation), (DicomTag.SegmentationType, "BINARY"),
        (DicomTag.BitsAllocated, "1"), (DicomTag.BitsStored, "1"), (DicomTag.HighBit, "0"),
    ];

    private static readonly (DicomTag Tag, string Value)[] LabelMap =
    [
        (DicomTag.SOPClassUID, SopClasses.LabelMapSegmentation), (DicomTag.SegmentationType, "LABELMAP"),
        (DicomTag.BitsAllocated, "8"), (DicomTag.BitsStored, "8"), (DicomTag.HighBit, "7"),
        (DicomTag.PixelPaddingValue, "0"),
    ];

    private static readonly DicomTag[] NeedValue =
    [
        DicomTag.SOPInstanceUID, DicomTag.SeriesInstanceUID, DicomTag.SeriesNumber, DicomTag.InstanceNumber,
        DicomTag.Manufacturer, DicomTag.ManufacturerModelName, DicomTag.DeviceSerialNumber, DicomTag.SoftwareVersions,
        DicomTag.ContentDate, DicomTag.ContentTime, DicomTag.ContentLabel, DicomTag.Rows, DicomTag.Columns,
        DicomTag.NumberOfFrames, DicomTag.LossyImageCompression, DicomTag.ContentDescription,
        DicomTag.ContentCreatorName,
    ];

    private static readonly DicomTag[] SegmentNeeds =
    [
        DicomTag.SegmentLabel, DicomTag.SegmentAlgorithmType, DicomTag.SegmentAlgorithmName,
        DicomTag.RecommendedDisplayCIELabValue, DicomTag.TrackingID, DicomTag.TrackingUID,
    ];

    private static readonly DicomTag[] SegmentNeedsItem =
    [
        DicomTag.SegmentedPropertyCategoryCodeSequence, DicomTag.SegmentedPropertyTypeCodeSequence,
        DicomTag.SegmentationAlgorithmIdentificationSequence,
    ];

    public static IEnumerable<string> Faults(DicomDataset data, SegForm form) =>
        Attributes(data, form).Concat(Segments(data)).Concat(Frames(data, form)).Concat(Pixels(data))
            .Concat(Limits(data, form));

    private static IEnumerable<string> Limits(DicomDataset data, SegForm form)
    {
        var (frames, segments) = (data.GetInt(DicomTag.NumberOfFrames, 0), data.GetItems(DicomTag.SegmentSequence).Count);
        if (frames > form.MaxFrames)
        {
            yield return $"The SEG has {frames} frames, the destination takes {form.MaxFrames}";
        }
        if (segments > form.MaxSegments)
        {
            yield return $"The SEG has {segments} segments, the destination takes {form.MaxSegments}";
        }
    }

    private static IEnumerable<string> Attributes(DicomDataset data, SegForm form)
    {
        foreach (var (tag, value) in Fixed.Concat(form.IsLabelMap ? LabelMap : Binary))
        {
            if (data.GetText(tag) != value)
            {
                yield return $"Attribute {tag} is '{data.GetText(tag)}', expected '{value}'";
            }
        }
        foreach (var tag in NeedValue.Where(t => data.GetText(t).Length == 0))
        {
            yield return $"Attribute {tag} has no value";
        }
        if (data.GetItems(DicomTag.DimensionOrganizationSequence).Count != 1)
        {
            yield return "Expected exactly one dimension organization";
        }
        if (data.GetItems(DicomTag.SharedFunctionalGroupsSequence).Count != 1)
        {
            yield return "Expected exactly one item of shared functional groups";
        }
    }

    private static IEnumerable<string> Segments(DicomDataset data)
    {
        var segments = data.GetItems(DicomTag.SegmentSequence);
        if (segments.Count == 0)
        {
            yield return "There is no segment";
        }
        for (var i = 0; i < segments.Count; i++)
        {
            var (segment, number) = (segments[i], i + 1);
            if (segment.GetInt(DicomTag.SegmentNumber, 0) != number)
            {
                yield return $"Segment {number} has number {segment.GetText(DicomTag.SegmentNumber)}; expected 1, 2, 3 ...";
            }
            foreach (var tag in SegmentNeeds.Where(t => segment.GetText(t).Length == 0))
            {
                yield return $"Segment {number} has no {tag}";
            }
            foreach (var tag in SegmentNeedsItem.Where(t => segment.GetItems(t).Count != 1))
            {
                yield return $"Segment {number} has {segment.GetItems(tag).Count} items in {tag}, expected one";
            }
        }
    }

    /// <summary>Frames in order of their dimension indices, each once, every segment with at least one.</summary>
    private static IEnumerable<string> Frames(DicomDataset data, SegForm form)
    {
        var frames = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        var dimensions = data.GetItems(DicomTag.DimensionIndexSequence).Count;
        var segments = data.GetItems(DicomTag.SegmentSequence).Count;
        var seen = new HashSet<int>();
        int[] last = [];
        for (var i = 0; i < frames.Count; i++)
        {
            var values = Values(frames[i]);
            var number = frames[i].GetFirstItem(DicomTag.SegmentIdentificationSequence)
                ?.GetInt(DicomTag.ReferencedSegmentNumber, 0) ?? 0;
            if (values.Length != dimensions || dimensions == 0 || (form.IsLabelMap ? number != 0 : values[0] != number))
            {
                yield return $"Frame {i + 1} has {values.Length} dimension indices that do not fit {dimensions} dimensions "
                    + $"and segment {number}";
                yield break;
            }
            if (!form.IsLabelMap && (number < 1 || number > segments))
            {
                yield return $"Frame {i + 1} belongs to segment {number} of {segments}";
            }
            if (last.Length > 0 && values.AsSpan().SequenceCompareTo(last) <= 0)
            {
                yield return $"Frame {i + 1} is not in the order of the dimension indices, or comes twice";
            }
            seen.Add(number);
            last = values;
        }
        foreach (var number in Enumerable.Range(1, form.IsLabelMap ? 0 : segments).Where(n => !seen.Contains(n)))
        {
            yield return $"Segment {number} has no frame";
        }
    }

    private static int[] Values(DicomDataset frame) =>
        [.. (frame.GetFirstItem(DicomTag.FrameContentSequence)?.GetText(DicomTag.DimensionIndexValues) ?? "")
            .Split('\\', StringSplitOptions.RemoveEmptyEntries)
            .Select(v => int.TryParse(v, out var n) ? n : 0)];

    /// <summary>Even length, padded with zeros, no frame without a pixel (PS3.5 8.1.1).</summary>
    private static IEnumerable<string> Pixels(DicomDataset data)
    {
        var size = (long)data.GetInt(DicomTag.Rows, 0) * data.GetInt(DicomTag.Columns, 0);
        var frames = data.GetInt(DicomTag.NumberOfFrames, 0);
        var bytes = data.GetBytes(DicomTag.PixelData);
        var needed = (frames * size * data.GetInt(DicomTag.BitsAllocated, 1) + 7) / 8;
        if (size == 0 || bytes.LongLength != needed + needed % 2)
        {
            yield return $"Pixel data has {bytes.LongLength} bytes, {frames} frames of {size} pixels need "
                + $"{needed + needed % 2}";
            yield break;
        }
        var unused = (int)(8 * needed - frames * size * data.GetInt(DicomTag.BitsAllocated, 1));
        var isPadded = bytes.AsSpan((int)needed).IndexOfAnyExcept((byte)0) >= 0
            || unused > 0 && bytes[needed - 1] >> (8 - unused) != 0;
        if (isPadded)
        {
            yield return "The unused bits behind the last pixel are not 0";
        }
    }
}
