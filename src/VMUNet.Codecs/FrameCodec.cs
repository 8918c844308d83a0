using VMUNet.Codecs.Jpeg;
using VMUNet.Codecs.Native;
using VMUNet.Codecs.Worker;

namespace VMUNet.Codecs;

/// <summary>Decodes compressed frames (PS3.5 annex A.4). RLE and JPEG are decoded here; JPEG-LS and JPEG 2000 by native
/// libraries, which are only ever loaded by a worker process: a damaged frame may end that process, never this
/// one.</summary>
public static class FrameCodec
{
    private const string Jpeg = "1.2.840.10008.1.2.4.";
    private const string RunLengthUid = "1.2.840.10008.1.2.5";

    private static readonly Dictionary<string, Family> Families = new()
    {
        [RunLengthUid] = Family.RunLength,
        [Jpeg + "50"] = Family.Jpeg,
        [Jpeg + "51"] = Family.Jpeg,
        [Jpeg + "57"] = Family.Jpeg,
        [Jpeg + "70"] = Family.Jpeg,
        [Jpeg + "80"] = Family.JpegLs,
        [Jpeg + "81"] = Family.JpegLs,
        [Jpeg + "90"] = Family.Jpeg2000,
        [Jpeg + "91"] = Family.Jpeg2000,
        [Jpeg + "201"] = Family.HighThroughput,
        [Jpeg + "202"] = Family.HighThroughput,
        [Jpeg + "203"] = Family.HighThroughput,
    };

    /// <summary>UIDs of the transfer syntaxes that can be decoded where their library is installed.</summary>
    public static IReadOnlyCollection<string> Syntaxes => Families.Keys;

    /// <summary>True when frames of the transfer syntax can be decoded on this host.</summary>
    public static bool CanDecode(string transferSyntaxUid) =>
        Families.ContainsKey(transferSyntaxUid) && MissingPackage(transferSyntaxUid) is null;

    /// <summary>The Debian package that a known syntax lacks on this host; null when it lacks none, or is not
    /// known.</summary>
    public static string? MissingPackage(string transferSyntaxUid) =>
        Families.TryGetValue(transferSyntaxUid, out var family) && NativeLibraries.For(family) is { } library
            && NativeLibraries.OfHost.Find(library) is null ? library.Package : null;

    /// <summary>Decodes one frame.</summary>
    /// <param name="transferSyntaxUid">How the frame is compressed.</param>
    /// <param name="stored">The frame's fragments, joined.</param>
    /// <param name="shape">What the data set says of its frames.</param>
    /// <returns>Samples little endian, colour pixel by pixel; 1-bit samples packed from the lowest bit on.</returns>
    /// <exception cref="CodecException">The frame cannot be decoded.</exception>
    public static byte[] Decode(string transferSyntaxUid, ReadOnlyMemory<byte> stored, in FrameShape shape)
    {
        shape.Check();
        return Families.GetValueOrDefault(transferSyntaxUid) switch
        {
            Family.RunLength => RunLength.Decode(stored.Span, shape),
            Family.Jpeg => JpegDecoder.Decode(stored.Span, shape),
            Family.JpegLs or Family.Jpeg2000 or Family.HighThroughput =>
                DecodeElsewhere(transferSyntaxUid, stored, shape),
            _ => throw new CodecException($"There is no decoder for {transferSyntaxUid}."),
        };
    }

    /// <summary>Decodes with a native library in this process: for the worker only.</summary>
    internal static byte[] DecodeNative(string transferSyntaxUid, byte[] stored, in FrameShape shape)
    {
        shape.Check();
        return Families.GetValueOrDefault(transferSyntaxUid) switch
        {
            Family.JpegLs => CharLs.Decode(stored, shape),
            Family.Jpeg2000 or Family.HighThroughput => OpenJpeg.Decode(stored, shape),
            _ => throw new CodecException($"There is no native decoder for {transferSyntaxUid}."),
        };
    }

    private static byte[] DecodeElsewhere(string transferSyntaxUid, ReadOnlyMemory<byte> stored, in FrameShape shape) =>
        MissingPackage(transferSyntaxUid) is { } package
            ? throw new CodecException(
                $"Frames of {transferSyntaxUid} need a library that is not on this host: install the package "
                + $"{package}.")
            : DecodingProcess.Shared.Decode(transferSyntaxUid, stored, shape);
}
