namespace VMUNet.Dicom;

/// <summary>What identifiers are called, for people.</summary>
public static class UidNames
{
    /// <summary>Name by the dictionary; the UID itself where it has none.</summary>
    public static string Of(string uid)
    {
        var name = DicomUID.Parse(uid).Name;
        return string.IsNullOrEmpty(name) || name == "Unknown" ? uid : name;
    }
}
