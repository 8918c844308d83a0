using System.Collections.Frozen;
using System.Globalization;

namespace VMUNet.DicomToolkit;

/// <summary>The data dictionary of PS3.6 and PS3.7, read once from the table embedded in this assembly.</summary>
public sealed class DicomDictionary
{
    /// <summary>Answer for a tag that the dictionary does not know.</summary>
    public static readonly DicomDictionaryEntry UnknownTag =
        new(DicomTag.Unknown, "Unknown", "", DicomVM.VM_1_n, false, [DicomVR.UN]);

    private static readonly DicomDictionaryEntry PrivateCreatorEntry =
        new(DicomTag.Unknown, "Private Creator", "PrivateCreator", DicomVM.VM_1, false, [DicomVR.LO]);

    private static readonly DicomDictionaryEntry GroupLengthEntry =
        new(DicomTag.Unknown, "Group Length", "GenericGroupLength", DicomVM.VM_1, true, [DicomVR.UL]);

    private static readonly Lazy<DicomDictionary> Shared = new(() => new DicomDictionary());

    private readonly FrozenDictionary<uint, DicomDictionaryEntry> _entries;
    private readonly List<(uint Mask, uint Value, DicomDictionaryEntry Entry)> _families = [];
    private readonly Lazy<FrozenDictionary<string, DicomDictionaryEntry>> _keywords;

    private DicomDictionary()
    {
        var entries = new Dictionary<uint, DicomDictionaryEntry>(5000);
        var representations = new Dictionary<string, DicomVR[]>();
        var multiplicities = new Dictionary<string, DicomVM>();
        using var reader = new StreamReader(
            typeof(DicomDictionary).Assembly.GetManifestResourceStream("dictionary.txt")!);
        while (reader.ReadLine() is { } line)
        {
            var field = line.Split('\t');
            if (!representations.TryGetValue(field[1], out var vrs))
            {
                vrs = field[1] == "NONE" ? [DicomVR.NONE] : field[1].Split('/').Select(DicomVR.Parse).ToArray();
                representations.Add(field[1], vrs);
            }

            if (!multiplicities.TryGetValue(field[2], out var vm))
            {
                vm = DicomVM.Parse(field[2]);
                multiplicities.Add(field[2], vm);
            }

            var value = uint.Parse(field[0].Replace('x', '0'), NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture);
            var entry = new DicomDictionaryEntry(value, field[4], field[3], vm, field[5] == "R", vrs);
            if (field[0].Contains('x', StringComparison.Ordinal))
            {
                var mask = string.Concat(field[0].Select(c => c == 'x' ? '0' : 'F'));
                _families.Add((uint.Parse(mask, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), value,
                    entry));
            }
            else
            {
                entries.Add(value, entry);
            }
        }

        _entries = entries.ToFrozenDictionary();
        _keywords = new(() => _entries.Values.Concat(_families.Select(f => f.Entry))
            .DistinctBy(e => e.Keyword).ToFrozenDictionary(e => e.Keyword));
    }

    /// <summary>The standard's dictionary.</summary>
    public static DicomDictionary Default => Shared.Value;

    /// <summary>The entry of a tag, or <see cref="UnknownTag"/>. Private owners are LO, group lengths UL.</summary>
    public DicomDictionaryEntry this[DicomTag tag]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(tag);
            if (_entries.TryGetValue(tag.Key, out var entry))
            {
                return entry;
            }

            if (tag.IsPrivate)
            {
                return tag.Element is >= 0x0010 and <= 0x00FF ? PrivateCreatorEntry
                    : tag.Element == 0 ? GroupLengthEntry : UnknownTag;
            }

            foreach (var family in _families)
            {
                if ((tag.Key & family.Mask) == family.Value)
                {
                    return family.Entry;
                }
            }

            return tag.Element == 0 ? GroupLengthEntry : UnknownTag;
        }
    }

    /// <summary>The tag of a keyword.</summary>
    /// <exception cref="DicomDataException">No such keyword.</exception>
    public DicomTag this[string keyword] =>
        Find(keyword)?.Tag ?? throw new DicomDataException($"No tag has the keyword '{keyword}'.");

    internal DicomDictionaryEntry? Find(string keyword) => _keywords.Value.GetValueOrDefault(keyword);
}
