using System.Text;

namespace VMUNet.Dimse;

/// <summary>Text of a data set by its Specific Character Set (PS3.3 C.12.1.1.2); never throws.</summary>
internal static class DicomText
{
    static DicomText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>
    /// Decoded text. An unknown character set is read as ASCII, with what is outside it replaced. Code extensions are followed
    /// as far as the platform's ISO 2022 decoders do.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string? specificCharacterSet) =>
        For(specificCharacterSet).GetString(bytes);

    private static Encoding For(string? specificCharacterSet)
    {
        var terms = (specificCharacterSet ?? "").Split('\\', StringSplitOptions.TrimEntries);
        var extension = terms.Skip(1).Select(Multibyte).FirstOrDefault(e => e is not null);
        return extension ?? Single(terms[0].Replace("ISO 2022 IR", "ISO_IR", StringComparison.Ordinal)) ?? Encoding.ASCII;
    }

    private static Encoding? Multibyte(string term) => term switch
    {
        "ISO 2022 IR 87" or "ISO 2022 IR 159" => Encoding.GetEncoding(50220),
        "ISO 2022 IR 149" => Encoding.GetEncoding(50225),
        "ISO 2022 IR 58" => Encoding.GetEncoding(50227),
        _ => null,
    };

    private static Encoding? Single(string term) => term switch
    {
        "ISO_IR 100" => Encoding.Latin1,
        "ISO_IR 101" => Encoding.GetEncoding(28592),
        "ISO_IR 109" => Encoding.GetEncoding(28593),
        "ISO_IR 110" => Encoding.GetEncoding(28594),
        "ISO_IR 144" => Encoding.GetEncoding(28595),
        "ISO_IR 127" => Encoding.GetEncoding(28596),
        "ISO_IR 126" => Encoding.GetEncoding(28597),
        "ISO_IR 138" => Encoding.GetEncoding(28598),
        "ISO_IR 148" => Encoding.GetEncoding(28599),
        "ISO_IR 166" => Encoding.GetEncoding(874),
        "ISO_IR 13" => Encoding.GetEncoding(932),
        "ISO_IR 192" => Encoding.UTF8,
        "GB18030" => Encoding.GetEncoding(54936),
        "GBK" => Encoding.GetEncoding(936),
        _ => null,
    };
}
