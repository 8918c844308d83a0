using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Codes of segments: which organ a coded segment means, whatever scheme its writer used.</summary>
internal static class Terminology
{
    public static readonly CodedConcept ArtificialIntelligence = new("123110", "DCM", "Artificial Intelligence");
    public static readonly CodedConcept Segmentation = new("113076", "DCM", "Segmentation");
    public static readonly CodedConcept SourceImage =
        new("121322", "DCM", "Source image for image processing operation");

    private const string Left = "7771000";
    private const string Right = "24028007";
    private const string Sct = "SCT";

    /// <summary>Retired SRT codes (SNOMED RT), still written by older tools, to SNOMED CT.</summary>
    private static readonly Dictionary<string, string> RetiredCodes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["T-62000"] = "10200004", // liver
        ["T-C3000"] = "78961009", // spleen
        ["T-71000"] = "64033007", // kidney
        ["T-65000"] = "15776009", // pancreas
        ["T-57000"] = "69695003", // stomach
        ["T-63000"] = "28231008", // gallbladder
        ["T-42000"] = "15825003", // aorta
        ["T-56000"] = "32849002", // oesophagus
        ["T-58200"] = "38848004", // duodenum
        ["T-59300"] = "71854001", // colon
        ["T-B3000"] = "23451007", // adrenal gland
        ["T-74000"] = "89837001", // urinary bladder
        ["T-32000"] = "80891009", // heart
        ["T-28000"] = "39607008", // lung
        ["T-A0100"] = "12738006", // brain
        ["T-92000"] = "41216001", // prostate
        ["G-A101"] = Left,
        ["G-A100"] = Right,
    };

    /// <summary>Codes that say organ and side in one: organ, side.</summary>
    private static readonly Dictionary<string, (string Type, string Side)> SidedCodes = new(StringComparer.Ordinal)
    {
        ["18639004"] = ("64033007", Left),
        ["9846003"] = ("64033007", Right),
        ["T-72000"] = ("64033007", Right), // right kidney, SRT
        ["T-73000"] = ("64033007", Left), // left kidney, SRT
    };

    /// <summary>The organ that a segment means: by type code and side first, then by its label; never by
    /// number.</summary>
    /// <param name="type">Segmented property type; null when the segment has none.</param>
    /// <param name="modifier">Its modifier (side); null when absent.</param>
    /// <param name="label">Segment label.</param>
    /// <param name="organs">The organs asked for.</param>
    public static OrganLabel? Match(
        CodedConcept? type, CodedConcept? modifier, string label, IReadOnlyList<OrganLabel> organs)
    {
        if (type is not null)
        {
            var wanted = Normalize(type, modifier);
            var sameType = organs.Where(o => Normalize(o.Type, o.Modifier) is var n && n.Type == wanted.Type).ToList();
            var exact = sameType.Where(o => Normalize(o.Type, o.Modifier).Side == wanted.Side).ToList();
            if (exact.Count == 1)
            {
                return exact[0];
            }
            // a side missing on one side of the comparison is told by the label, or does not matter where one organ has
            // the type
            var byName = sameType.Where(o => SameName(o.Name, label)).ToList();
            if (byName.Count == 1)
            {
                return byName[0];
            }
            if (wanted.Side is null && sameType is [{ Modifier: null } only])
            {
                return only;
            }
        }
        var named = organs.Where(o => SameName(o.Name, label)).ToList();
        return named.Count == 1 ? named[0] : null;
    }

    /// <summary>Whether a segment is the background of a label map rather than an organ.</summary>
    public static bool IsBackground(CodedConcept? type, string label) =>
        type is { Scheme: "DCM", Value: "125040" } || SameName(label, "background");

    private static (string Type, string? Side) Normalize(CodedConcept type, CodedConcept? modifier)
    {
        if (SidedCodes.TryGetValue(type.Value, out var sided))
        {
            return (Sct + sided.Type, sided.Side);
        }
        var value = ToSnomedCt(type);
        return (value, modifier is null ? null : ToSnomedCt(modifier)[Sct.Length..]);
    }

    private static string ToSnomedCt(CodedConcept code)
    {
        if (RetiredCodes.TryGetValue(code.Value, out var current))
        {
            return Sct + current;
        }
        var scheme = code.Scheme is "SRT" or "SNM3" or "99SDM" ? Sct : code.Scheme;
        return scheme.PadRight(Sct.Length) + code.Value;
    }

    private static bool SameName(string a, string b) =>
        string.Equals(Letters(a), Letters(b), StringComparison.OrdinalIgnoreCase) && Letters(a).Length > 0;

    /// <summary>Letters and digits only, so that <c>left_kidney</c>, <c>Left kidney</c> and <c>kidney-left</c> differ
    /// only in the order of their words, which is then sorted.</summary>
    private static string Letters(string name)
    {
        var words = name.ToLowerInvariant().Split([' ', '_', '-', ',', '.', '(', ')'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Array.Sort(words, StringComparer.Ordinal);
        return string.Join(' ', words);
    }
}
