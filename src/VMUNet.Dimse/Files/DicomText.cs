using System.Buffers;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>Text of a data set by its Specific Character Set (PS3.3 C.12.1.1.2); never throws.</summary>
internal static class DicomText
{
    private const byte Escape = 0x1B;
    private const int JapaneseEuc = 20932;

    // Behind these the first character set is in force again (PS3.5 6.1.2.5.3).
    private static readonly SearchValues<byte> Delimiters = SearchValues.Create("\\^=\r\n\f\t"u8);

    private static readonly Dictionary<string, Encoding> Terms = new()
    {
        ["100"] = Encoding.Latin1,
        ["101"] = Page(28592),
        ["109"] = Page(28593),
        ["110"] = Page(28594),
        ["144"] = Page(28595),
        ["127"] = Page(28596),
        ["126"] = Page(28597),
        ["138"] = Page(28598),
        ["148"] = Page(28599),
        ["203"] = Page(28605),
        ["166"] = Page(874),
        ["13"] = Page(932),
        ["149"] = Page(949),
        ["58"] = Page(936),
        ["192"] = Encoding.UTF8,
        ["GB18030"] = Page(54936),
        ["GBK"] = Page(936),
    };

    private static readonly CodeElement[] Escapes =
    [
        new("(B", Encoding.ASCII, Half.Ascii), new("(J", Encoding.ASCII, Half.Ascii),
        new("$B", Page(JapaneseEuc), Half.Lower), new("$@", Page(JapaneseEuc), Half.Lower),
        new("$(D", Page(JapaneseEuc), Half.LowerSupplement),
        new(")I", Terms["13"], Half.Upper), new("$)C", Terms["149"], Half.Upper), new("$)A", Terms["58"], Half.Upper),
        new("-A", Terms["100"], Half.Upper), new("-B", Terms["101"], Half.Upper), new("-C", Terms["109"], Half.Upper),
        new("-D", Terms["110"], Half.Upper), new("-L", Terms["144"], Half.Upper), new("-G", Terms["127"], Half.Upper),
        new("-F", Terms["126"], Half.Upper), new("-H", Terms["138"], Half.Upper), new("-M", Terms["148"], Half.Upper),
        new("-b", Terms["203"], Half.Upper), new("-T", Terms["166"], Half.Upper),
    ];

    /// <summary>What an escape brings into force: ASCII below, two-byte characters below, or a set above.</summary>
    private enum Half
    {
        Ascii,
        Lower,
        LowerSupplement,
        Upper,
    }

    /// <summary>
    /// Decoded text, code extensions of ISO 2022 included. An unknown character set is read as ASCII, with what is
    /// outside it replaced.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string? specificCharacterSet)
    {
        var initial = First(specificCharacterSet);
        if (!bytes.Contains(Escape))
        {
            return initial.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        var (upper, lower) = (initial, Half.Ascii);
        while (!bytes.IsEmpty)
        {
            if (At(bytes) is { } element)
            {
                bytes = bytes[(1 + element.Final.Length)..];
                (upper, lower) = element.Half == Half.Upper ? (element.Encoding, Half.Ascii) : (upper, element.Half);
                continue;
            }

            var end = bytes[1..].IndexOf(Escape) + 1;
            var run = end == 0 ? bytes : bytes[..end];
            text.Append(lower == Half.Ascii ? Run(run, initial, ref upper) : TwoBytes(run, lower));
            bytes = bytes[run.Length..];
        }

        return text.ToString();
    }

    private static Encoding First(string? specificCharacterSet)
    {
        var term = (specificCharacterSet ?? "").Split('\\')[0].Trim(' ', '\0');
        return Terms.GetValueOrDefault(term[(term.LastIndexOf(' ') + 1)..]) ?? Encoding.ASCII;
    }

    private static CodeElement? At(ReadOnlySpan<byte> bytes)
    {
        foreach (var element in bytes[0] == Escape ? Escapes : [])
        {
            if (bytes[1..].StartsWith(element.Bytes))
            {
                return element;
            }
        }

        return null;
    }

    private static string Run(ReadOnlySpan<byte> run, Encoding initial, ref Encoding upper)
    {
        var delimiter = upper == initial || initial == Encoding.ASCII ? -1 : run.IndexOfAny(Delimiters);
        if (delimiter < 0)
        {
            return upper.GetString(run);
        }

        var before = upper.GetString(run[..delimiter]);
        upper = initial;
        return before + initial.GetString(run[delimiter..]);
    }

    // The code page has JIS X 0208 with both high bits set, and JIS X 0212 with that of the first byte alone.
    private static string TwoBytes(ReadOnlySpan<byte> run, Half half)
    {
        var euc = run.ToArray();
        for (var i = 0; i < euc.Length; i++)
        {
            if (euc[i] > 0x20 && !(half == Half.LowerSupplement && i % 2 == 1))
            {
                euc[i] |= 0x80;
            }
        }

        return Page(JapaneseEuc).GetString(euc);
    }

    private static Encoding Page(int page) =>
        CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page);

    private sealed record CodeElement(string Final, Encoding Encoding, Half Half)
    {
        public byte[] Bytes { get; } = Encoding.ASCII.GetBytes(Final);
    }
}
