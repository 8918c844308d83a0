using System.Buffers;
using System.Text;

namespace VMUNet.DicomToolkit;

/// <summary>The character sets in force for a data set, with the code extensions of ISO 2022 (PS3.5
/// section 6.1.2.5).</summary>
internal sealed class TextEncodings : IEquatable<TextEncodings>
{
    private const byte Escape = 0x1B;
    private const int JapaneseEuc = 20932;
    private static readonly Encoding Ascii = Encoding.ASCII;
    private static readonly SearchValues<byte> Delimiters = SearchValues.Create("\\^=\r\n\f\t"u8);

    public static readonly TextEncodings Default = new("", [new CharacterSet(Ascii, null, false)]);

    private readonly string _name;
    private readonly CharacterSet[] _sets;

    // In force before any escape. A set of two bytes needs one, also where it is listed alone, as some writers do.
    private readonly CharacterSet _initial;

    private TextEncodings(string name, CharacterSet[] sets) =>
        (_name, _sets, _initial) = (name, sets, sets[0].IsG0 ? new CharacterSet(Ascii, null, false) : sets[0]);

    public Encoding First => _sets[0].Encoding;

    public Encoding[] All => [.. _sets.Select(s => s.Encoding)];

    /// <summary>The sets of the values of (0008,0005); unknown terms count as ISO-IR 6.</summary>
    public static TextEncodings For(IReadOnlyList<string> terms, Encoding? fallback)
    {
        if (terms.All(t => t.Trim().Length == 0) && fallback is null)
        {
            return Default;
        }

        var sets = terms.Select(t => CharacterSet.Of(t) ?? new CharacterSet(fallback ?? Ascii, null, false)).ToArray();
        return new TextEncodings($"{string.Join('\\', terms)}|{fallback?.CodePage}",
            sets.Length == 0 ? [new CharacterSet(fallback ?? Ascii, null, false)] : sets);
    }

    public bool Equals(TextEncodings? other) => other is not null && other._name == _name;

    public override bool Equals(object? obj) => Equals(obj as TextEncodings);

    public override int GetHashCode() => _name.GetHashCode(StringComparison.Ordinal);

    /// <summary>Text of bytes. Never throws; what cannot be decoded is replaced.</summary>
    public string Decode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.Contains(Escape))
        {
            return First.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        var (current, upper) = (_initial, _initial);
        while (!bytes.IsEmpty)
        {
            if (bytes[0] == Escape && CharacterSet.AtEscape(bytes) is { } next)
            {
                bytes = bytes[next.Escape!.Length..];

                // ESC ( B brings ASCII back to the lower half alone: the upper one stays (ISO 2022, G0 and G1).
                upper = next.IsG0 || next.Encoding == Ascii ? upper : next;
                current = next.IsG0 ? next : upper;
                continue;
            }

            var end = bytes[1..].IndexOf(Escape) + 1;
            var run = end == 0 ? bytes : bytes[..end];
            AppendRun(text, run, ref current, ref upper);
            bytes = bytes[run.Length..];
        }

        return text.ToString();
    }

    /// <summary>Bytes of text.</summary>
    /// <exception cref="DicomDataException">A character is in none of the sets.</exception>
    public byte[] Encode(string text)
    {
        if (_initial.TryEncode(text) is { } simple)
        {
            return simple;
        }

        var output = new MemoryStream(text.Length * 2);
        CharacterSet? lower = null; // a set of two bytes in the lower half; null for ASCII
        var upper = _initial;
        foreach (var rune in text.EnumerateRunes())
        {
            var c = rune.ToString();
            var next = rune.IsAscii ? upper : SetFor(c, lower, upper);
            if (lower is not null && !next.IsG0)
            {
                output.Write("\u001b(B"u8);
                lower = null;
            }

            if (!ReferenceEquals(next, next.IsG0 ? lower : upper))
            {
                output.Write(next.Escape);
            }

            (lower, upper) = next.IsG0 ? (next, upper) : (lower, next);
            output.Write(rune.IsAscii ? Ascii.GetBytes(c) : next.TryEncode(c));
            if (rune.IsAscii && Delimiters.Contains((byte)rune.Value))
            {
                upper = _initial; // PS3.5 6.1.2.5.3
            }
        }

        if (lower is not null)
        {
            output.Write("\u001b(B"u8);
        }

        return output.ToArray();
    }

    private CharacterSet SetFor(string character, CharacterSet? lower, CharacterSet upper) =>
        lower?.TryEncode(character) is not null ? lower
        : upper.TryEncode(character) is not null ? upper
        : Array.Find(_sets, s => s.Escape is not null && s.TryEncode(character) is not null)
            ?? throw new DicomDataException(
                $"A text has a character that the data set's character set ({_name.Split('|')[0]}) lacks; "
                + "set (0008,0005).");

    /// <summary>One run without escapes; at a delimiter the first set comes back into force unless it
    /// is plain ASCII.</summary>
    private void AppendRun(StringBuilder text, ReadOnlySpan<byte> run, ref CharacterSet current,
        ref CharacterSet upper)
    {
        if (current.IsG0)
        {
            text.Append(current.Decode(run));
            return;
        }

        var delimiter = ReferenceEquals(current, _initial) || _initial.Encoding == Ascii ? -1
            : run.IndexOfAny(Delimiters);
        if (delimiter < 0)
        {
            text.Append(current.Decode(run));
            return;
        }

        text.Append(current.Decode(run[..delimiter]));
        current = upper = _initial;
        text.Append(current.Decode(run[delimiter..]));
    }

    /// <summary>One character set. G0 sets of two bytes are mapped to their EUC form for decoding.</summary>
    private sealed class CharacterSet(Encoding encoding, byte[]? escape, bool isG0)
    {
        private static readonly Dictionary<string, CharacterSet> Terms = new()
        {
            [""] = new(Ascii, null, false),
            ["6"] = new(Ascii, "\u001b(B"u8.ToArray(), false),
            ["100"] = Single(28591, 'A'),
            ["101"] = Single(28592, 'B'),
            ["109"] = Single(28593, 'C'),
            ["110"] = Single(28594, 'D'),
            ["144"] = Single(28595, 'L'),
            ["127"] = Single(28596, 'G'),
            ["126"] = Single(28597, 'F'),
            ["138"] = Single(28598, 'H'),
            ["148"] = Single(28599, 'M'),
            ["203"] = Single(28605, 'b'),
            ["166"] = Single(874, 'T'),
            ["13"] = new(Page(932), "\u001b)I"u8.ToArray(), false),
            ["87"] = new(Page(JapaneseEuc), "\u001b$B"u8.ToArray(), true),
            ["159"] = new(Page(JapaneseEuc), "\u001b$(D"u8.ToArray(), true),
            ["149"] = new(Page(949), "\u001b$)C"u8.ToArray(), false),
            ["58"] = new(Page(936), "\u001b$)A"u8.ToArray(), false),
            ["192"] = new(Encoding.UTF8, null, false),
            ["GB18030"] = new(Page(54936), null, false),
            ["GBK"] = new(Page(936), null, false),
        };

        private static readonly CharacterSet[] Escaped =
        [
            .. Terms.Values.Where(s => s.Escape is not null),
            new(Ascii, "\u001b(J"u8.ToArray(), false),
            new(Page(JapaneseEuc), "\u001b$@"u8.ToArray(), true),
        ];

        private static readonly char[] Separators = [' ', '_'];

        private readonly bool _isSupplement = escape is [_, _, _, (byte)'D'];

        private readonly Encoding _strict = Strict(encoding);

        public Encoding Encoding { get; } = encoding;

        public byte[]? Escape { get; } = escape;

        public bool IsG0 { get; } = isG0;

        /// <summary>The set of a defined term, or null. "ISO_IR 100", "ISO 2022 IR 100" and misspelt "ISO-IR
        /// 100" are alike.</summary>
        public static CharacterSet? Of(string term)
        {
            var text = term.Trim().ToUpperInvariant().Replace('-', '_');
            var last = text.LastIndexOfAny(Separators);
            return Terms.GetValueOrDefault(last < 0 ? text : text[(last + 1)..]);
        }

        public static CharacterSet? AtEscape(ReadOnlySpan<byte> bytes)
        {
            foreach (var set in Escaped)
            {
                if (bytes.StartsWith(set.Escape))
                {
                    return set;
                }
            }

            return null;
        }

        public string Decode(ReadOnlySpan<byte> bytes)
        {
            if (!IsG0)
            {
                return Encoding.GetString(bytes);
            }

            // Code page 20932 keeps JIS X 0208 with both high bits set, JIS X 0212 with that of the first byte alone.
            var euc = bytes.ToArray();
            for (var i = 0; i < euc.Length; i++)
            {
                if (euc[i] > 0x20 && !(_isSupplement && i % 2 == 1))
                {
                    euc[i] |= 0x80;
                }
            }

            return Encoding.GetString(euc);
        }

        /// <summary>Bytes of text, or null when a character is not in the set.</summary>
        public byte[]? TryEncode(string text)
        {
            try
            {
                var bytes = _strict.GetBytes(text);
                if (IsG0)
                {
                    var fits = bytes.Length == 2 * text.Length && bytes[0] > 0x7F && (bytes[1] > 0x7F) != _isSupplement;
                    return fits ? [.. bytes.Select(b => (byte)(b & 0x7F))] : null;
                }

                return Escape is [_, _, (byte)'I'] && bytes.Length != text.Length ? null : bytes;
            }
            catch (EncoderFallbackException)
            {
                return null;
            }
        }

        private static Encoding Strict(Encoding encoding)
        {
            var strict = (Encoding)encoding.Clone();
            strict.EncoderFallback = EncoderFallback.ExceptionFallback;
            return strict;
        }

        private static CharacterSet Single(int page, char final) =>
            new(Page(page), [0x1B, (byte)'-', (byte)final], false);

        private static Encoding Page(int page) =>
            CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page);
    }
}
