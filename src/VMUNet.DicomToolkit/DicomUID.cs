using System.Globalization;
using System.Numerics;

namespace VMUNet.DicomToolkit;

/// <summary>What a UID names.</summary>
public enum DicomUidType
{
    /// <summary>A transfer syntax.</summary>
    TransferSyntax,

    /// <summary>A SOP class.</summary>
    SOPClass,

    /// <summary>A set of SOP classes.</summary>
    MetaSOPClass,

    /// <summary>A service class.</summary>
    ServiceClass,

    /// <summary>An instance.</summary>
    SOPInstance,

    /// <summary>An application context.</summary>
    ApplicationContextName,

    /// <summary>An application hosting model.</summary>
    ApplicationHostingModel,

    /// <summary>A coding scheme.</summary>
    CodingScheme,

    /// <summary>A frame of reference.</summary>
    FrameOfReference,

    /// <summary>A synchronisation frame of reference.</summary>
    Synchronization,

    /// <summary>A directory attribute.</summary>
    LDAP,

    /// <summary>A mapping resource.</summary>
    MappingResource,

    /// <summary>A context group.</summary>
    ContextGroupName,

    /// <summary>Not known.</summary>
    Unknown,
}

/// <summary>Broad kind of a storage SOP class.</summary>
public enum DicomStorageCategory
{
    /// <summary>No storage class.</summary>
    None,

    /// <summary>Pixels.</summary>
    Image,

    /// <summary>Presentation state.</summary>
    PresentationState,

    /// <summary>Structured report.</summary>
    StructuredReport,

    /// <summary>Waveform.</summary>
    Waveform,

    /// <summary>Encapsulated document.</summary>
    Document,

    /// <summary>Raw data.</summary>
    Raw,

    /// <summary>Any other storage class.</summary>
    Other,

    /// <summary>A private class.</summary>
    Private,

    /// <summary>A volume of pixels: segmentations and parametric maps.</summary>
    Volume,
}

/// <summary>Unique identifier (PS3.5 section 9). Equality is that of <see cref="UID"/>.</summary>
public sealed partial class DicomUID : IEquatable<DicomUID>
{
    // The generated part's fields initialise after or before this one in no promised order, hence created on demand.
    private static Dictionary<string, DicomUID>? _known;

    /// <summary>Makes a UID without checking it.</summary>
    public DicomUID(string uid, string name, DicomUidType type, bool retired = false) =>
        (UID, Name, Type, IsRetired) = (uid, name, type, retired);

    /// <summary>Root of <see cref="Generate"/>; "2.25" unless changed.</summary>
    public static string RootUID { get; set; } = "2.25";

    /// <summary>Digits and dots.</summary>
    public string UID { get; }

    /// <summary>Name for people; "Unknown" when not in the standard.</summary>
    public string Name { get; }

    /// <summary>What it names.</summary>
    public DicomUidType Type { get; }

    /// <summary>No longer in the standard.</summary>
    public bool IsRetired { get; }

    /// <summary>A storage class whose instances are images.</summary>
    public bool IsImageStorage => StorageCategory == DicomStorageCategory.Image;

    /// <summary>A storage class whose instances are volumes derived from images.</summary>
    public bool IsVolumeStorage => StorageCategory == DicomStorageCategory.Volume;

    /// <summary>Broad kind of a storage class, by its name in the standard.</summary>
    public DicomStorageCategory StorageCategory
    {
        get
        {
            if (!UID.StartsWith("1.2.840.10008", StringComparison.Ordinal) && Type == DicomUidType.SOPClass)
            {
                return DicomStorageCategory.Private;
            }

            if (Type != DicomUidType.SOPClass || !Name.Contains("Storage", StringComparison.Ordinal) ||
                Name.StartsWith("Storage", StringComparison.Ordinal))
            {
                return DicomStorageCategory.None;
            }

            bool Has(string word) => Name.Contains(word, StringComparison.Ordinal);
            return Has("Presentation State") ? DicomStorageCategory.PresentationState
                : Has("Image Storage") ? DicomStorageCategory.Image
                : Has("SR") || Has("Key Object") || Has("Report") ? DicomStorageCategory.StructuredReport
                : Has("Waveform") || Has("ECG") ? DicomStorageCategory.Waveform
                : Has("Encapsulated") ? DicomStorageCategory.Document
                : Has("Raw Data") ? DicomStorageCategory.Raw
                : Has("Segmentation") || Has("Parametric Map") ? DicomStorageCategory.Volume
                : DicomStorageCategory.Other;
        }
    }

    /// <summary>A new UID: 2.25 and a random 128-bit number (PS3.5 section B.2),
    /// or <see cref="RootUID"/> and one of 64 bits.</summary>
    public static DicomUID Generate()
    {
        if (RootUID == "2.25")
        {
            return DicomUIDGenerator.GenerateDerivedFromUUID();
        }

        var number = new BigInteger(Guid.NewGuid().ToByteArray().AsSpan(0, 8), isUnsigned: true);
        return new DicomUID($"{RootUID}.{number}", "SOP Instance UID", DicomUidType.SOPInstance);
    }

    /// <summary>The UID with one more component.</summary>
    public static DicomUID Append(DicomUID baseUid, long nextSeq)
    {
        ArgumentNullException.ThrowIfNull(baseUid);
        return new DicomUID($"{baseUid.UID}.{nextSeq.ToString(CultureInfo.InvariantCulture)}", "SOP Instance UID",
            DicomUidType.SOPInstance);
    }

    /// <summary>The known UID of that text, or a new one of unknown type.
    /// Padding is cut off, nothing is checked.</summary>
    public static DicomUID Parse(string s) => Parse(s, "Unknown");

    /// <summary>The known UID of that text, or a new one with the given name and type.</summary>
    public static DicomUID Parse(string s, string name = "Unknown", DicomUidType type = DicomUidType.Unknown)
    {
        ArgumentNullException.ThrowIfNull(s);
        var text = s.TrimEnd(' ', '\0').TrimStart(' ');
        return _known!.TryGetValue(text, out var uid) ? uid : new DicomUID(text, name, type);
    }

    /// <summary>At most 64 characters, digits and single dots, no component with a leading zero
    /// (PS3.5 section 9.1).</summary>
    public static bool IsValidUid(string uid)
    {
        if (string.IsNullOrEmpty(uid) || uid.Length > 64)
        {
            return false;
        }

        var start = 0;
        for (var i = 0; i <= uid.Length; i++)
        {
            if (i == uid.Length || uid[i] == '.')
            {
                if (i == start || (uid[start] == '0' && i - start > 1))
                {
                    return false;
                }

                start = i + 1;
            }
            else if (!char.IsAsciiDigit(uid[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Every UID of the standard that this library knows.</summary>
    public static IEnumerable<DicomUID> Enumerate() => _known!.Values;

    /// <summary>Same text.</summary>
    public static bool operator ==(DicomUID? a, DicomUID? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Other text.</summary>
    public static bool operator !=(DicomUID? a, DicomUID? b) => !(a == b);

    /// <inheritdoc/>
    public bool Equals(DicomUID? other) => other is not null && other.UID == UID;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DicomUID);

    /// <inheritdoc/>
    public override int GetHashCode() => UID.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{UID}]";

    private static DicomUID Known(string uid, string name, DicomUidType type, bool retired = false)
    {
        var known = new DicomUID(uid, name, type, retired);
        (_known ??= []).Add(uid, known);
        return known;
    }
}
