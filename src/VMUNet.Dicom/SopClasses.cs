namespace VMUNet.Dicom;

/// <summary>The SOP classes that this room distinguishes (PS3.4 B.5).</summary>
internal static class SopClasses
{
    public const string MediaDirectory = "1.2.840.10008.1.3.10";
    public const string Ct = "1.2.840.10008.5.1.4.1.1.2";
    public const string EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";
    public const string LegacyEnhancedCt = "1.2.840.10008.5.1.4.1.1.2.2";
    public const string Mr = "1.2.840.10008.5.1.4.1.1.4";
    public const string EnhancedMr = "1.2.840.10008.5.1.4.1.1.4.1";
    public const string EnhancedMrColour = "1.2.840.10008.5.1.4.1.1.4.3";
    public const string LegacyEnhancedMr = "1.2.840.10008.5.1.4.1.1.4.4";
    public const string Pet = "1.2.840.10008.5.1.4.1.1.128";
    public const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
    public const string Segmentation = "1.2.840.10008.5.1.4.1.1.66.4";
    public const string LabelMapSegmentation = "1.2.840.10008.5.1.4.1.1.66.7";
    public const string Comprehensive3DReport = "1.2.840.10008.5.1.4.1.1.88.34";
    public const string RtStructureSet = "1.2.840.10008.5.1.4.1.1.481.3";
    public const string VlPhotographic = "1.2.840.10008.5.1.4.1.1.77.1.4";

    private static readonly HashSet<string> Volumetric = new(StringComparer.Ordinal)
    {
        Ct, EnhancedCt, LegacyEnhancedCt, Mr, EnhancedMr, EnhancedMrColour, LegacyEnhancedMr, Pet,
    };

    /// <summary>Whether images of this class are of use only with their place in the patient.</summary>
    public static bool NeedsGeometry(string sopClassUid) => Volumetric.Contains(sopClassUid);

    /// <summary>Secondary capture, single-frame and its multi-frame relatives.</summary>
    public static bool IsCapture(string sopClassUid) =>
        sopClassUid == SecondaryCapture || sopClassUid.StartsWith(SecondaryCapture + ".", StringComparison.Ordinal);

    public static bool IsSegmentation(string sopClassUid) => sopClassUid is Segmentation or LabelMapSegmentation;

    /// <summary>A picture that we drew of a result: an archive that sends everything on must not make us segment it.</summary>
    private static bool IsOurPicture(DicomDataset data) =>
        data.GetText(DicomTag.SOPClassUID) == SecondaryCapture && data.GetText(DicomTag.BurnedInAnnotation) == "YES"
        && data.GetText(DicomTag.Manufacturer) == SegWriter.Manufacturer;

    /// <summary>Whether an object is an image that could be segmented: it has rows, and is no derived map and no result of
    /// ours.</summary>
    public static bool IsImage(DicomDataset data)
    {
        var sopClass = data.GetText(DicomTag.SOPClassUID);
        return data.Contains(DicomTag.Rows) && data.Contains(DicomTag.Columns) && !IsSegmentation(sopClass)
            && data.GetText(DicomTag.Modality) is not ("RTDOSE" or "SEG" or "PR") && !IsOurPicture(data);
    }
}
