namespace VMUNet.Dicom;

/// <summary>What identifiers are called, for people.</summary>
public static class UidNames
{
    /// <summary>Younger than the dictionary of a toolkit that may be built.</summary>
    private static readonly Dictionary<string, string> s_young = new(StringComparer.Ordinal)
    {
        ["1.2.840.10008.1.2.8.1"] = "Deflated Image Frame Compression",
        [SopClasses.LabelMapSegmentation] = "Label Map Segmentation Storage",
    };

    /// <summary>Name by the dictionary, without the explanation that some have after a colon; the UID itself where it
    /// has none.</summary>
    public static string Of(string uid)
    {
        var name = DicomUID.Parse(uid).Name;
        return string.IsNullOrEmpty(name) || name == "Unknown" ? s_young.GetValueOrDefault(uid, uid)
            : name.Split(": ")[0].Replace(" & ", " and ", StringComparison.Ordinal);
    }
}
