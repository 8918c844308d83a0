namespace VMUNet.Dicom;

/// <summary>A SEG names its source completely: the whole series at its head, and one image per frame.</summary>
internal static class SegReferenceRules
{
    public static IEnumerable<string> Faults(DicomDataset data, SourceSeries source)
    {
        var series = data.GetItems(DicomTag.ReferencedSeriesSequence);
        if (series.Count != 1 || series[0].GetText(DicomTag.SeriesInstanceUID) != source.SeriesInstanceUid)
        {
            yield return $"The SEG refers to {series.Count} series ("
                + $"{(series.Count > 0 ? series[0].GetText(DicomTag.SeriesInstanceUID) : "none")}), the source is {source.SeriesInstanceUid}";
            yield break;
        }
        var listed = series[0].GetItems(DicomTag.ReferencedInstanceSequence)
            .Select(i => new SourceInstance(
                i.GetText(DicomTag.ReferencedSOPClassUID), i.GetText(DicomTag.ReferencedSOPInstanceUID))).ToList();
        var known = source.Instances.ToHashSet();
        if (listed.FirstOrDefault(i => !known.Contains(i)) is { } stranger)
        {
            yield return $"The SEG refers to instance {stranger.SopInstanceUid}, which is not in the source series";
        }
        if (listed.Distinct().Count() != known.Count)
        {
            yield return $"The SEG lists {listed.Count} of {known.Count} images of the source series";
        }
        foreach (var fault in Frames(data, source, known))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> Frames(DicomDataset data, SourceSeries source, HashSet<SourceInstance> known)
    {
        var frames = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        var needsNumber = source.Frames.Any(f => f.FrameNumber is not null);
        for (var i = 0; i < frames.Count; i++)
        {
            var derivation = frames[i].GetFirstItem(DicomTag.DerivationImageSequence);
            var images = derivation?.GetItems(DicomTag.SourceImageSequence) ?? [];
            if (images.Count != 1
                || !known.Contains(new SourceInstance(images[0].GetText(DicomTag.ReferencedSOPClassUID),
                    images[0].GetText(DicomTag.ReferencedSOPInstanceUID)))
                || needsNumber != (images[0].GetInt(DicomTag.ReferencedFrameNumber, 0) > 0))
            {
                yield return $"Frame {i + 1} does not name its one source image";
            }
            else if (images[0].GetText(DicomTag.SpatialLocationsPreserved) != "YES"
                || images[0].GetItems(DicomTag.PurposeOfReferenceCodeSequence).Count != 1
                || derivation!.GetItems(DicomTag.DerivationCodeSequence).Count != 1)
            {
                yield return $"Frame {i + 1} does not say how it was derived from its source image";
            }
        }
    }
}
