using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Items of the Segment Sequence (PS3.3 C.8.20.4): meaning, algorithm, colour, tracking.</summary>
internal static class SegSegments
{
    private const int LongString = 64;

    /// <summary>One segment.</summary>
    public static DicomDataset Item(int number, OrganLabel organ, SourceSeries source, SegProvenance provenance)
    {
        var item = new DicomDataset
        {
            { DicomTag.SegmentNumber, (ushort)number },
            { DicomTag.SegmentLabel, Label(organ) },
            { DicomTag.SegmentAlgorithmType, provenance.IsReviewerCorrection ? "SEMIAUTOMATIC" : "AUTOMATIC" },
            { DicomTag.SegmentAlgorithmName, DicomText.Cut(provenance.AlgorithmName, LongString) },
            { DicomTag.RecommendedDisplayCIELabValue, DisplayColour.ToCieLab(organ.Colour) },
            // the same organ of the same study is the same finding, in every SEG and report
            { DicomTag.TrackingID, TrackingId(organ) },
            { DicomTag.TrackingUID, TrackingUid(source, organ) },
            new DicomSequence(DicomTag.SegmentedPropertyCategoryCodeSequence, Code(organ.Category)),
            new DicomSequence(DicomTag.SegmentedPropertyTypeCodeSequence, Type(organ)),
            new DicomSequence(DicomTag.SegmentationAlgorithmIdentificationSequence, Algorithm(provenance)),
        };
        if (organ.AnatomicRegion is { } region)
        {
            item.Add(new DicomSequence(DicomTag.AnatomicRegionSequence, Code(region)));
        }
        return item;
    }

    /// <summary>The organ's name for people: <c>left-kidney</c> is shown as <c>Left kidney</c>.</summary>
    public static string Label(OrganLabel organ)
    {
        var words = organ.Name.Replace('-', ' ').Replace('_', ' ').Trim();
        return DicomText.Cut(char.ToUpperInvariant(words[0]) + words[1..], LongString);
    }

    /// <summary>The finding's name for people.</summary>
    public static string TrackingId(OrganLabel organ) => DicomText.Cut("VMUNET " + Label(organ), LongString);

    /// <summary>A coded concept as sequence item.</summary>
    public static DicomDataset Code(CodedConcept code) => new()
    {
        { DicomTag.CodeValue, code.Value },
        { DicomTag.CodingSchemeDesignator, code.Scheme },
        { DicomTag.CodeMeaning, DicomText.Cut(code.Meaning, LongString) },
    };

    private static DicomDataset Type(OrganLabel organ)
    {
        var type = Code(organ.Type);
        if (organ.Modifier is { } modifier)
        {
            type.Add(new DicomSequence(DicomTag.SegmentedPropertyTypeModifierCodeSequence, Code(modifier)));
        }
        return type;
    }

    private static DicomDataset Algorithm(SegProvenance provenance) => new()
    {
        { DicomTag.AlgorithmName, DicomText.Cut(provenance.AlgorithmName, LongString) },
        { DicomTag.AlgorithmVersion, DicomText.Cut(provenance.AlgorithmVersion, LongString) },
        { DicomTag.AlgorithmParameters, SegMaker.Parameters(provenance) },
        { DicomTag.AlgorithmSource, SegWriter.Manufacturer },
        new DicomSequence(DicomTag.AlgorithmFamilyCodeSequence, Code(Terminology.ArtificialIntelligence)),
    };

    /// <summary>The same for the same organ of a study, in every SEG and report.</summary>
    public static string TrackingUid(SourceSeries source, OrganLabel organ) => Uids.FromName(string.Join('|',
        source.StudyInstanceUid, organ.Type.Scheme, organ.Type.Value, organ.Modifier?.Value, organ.Name));
}
