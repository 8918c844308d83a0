using System.Text;

namespace VMUNet.DicomToolkit;

/// <summary>Character sets of (0008,0005) (PS3.3 section C.12.1.1.2).</summary>
public static class DicomEncoding
{
    /// <summary>The default repertoire, ISO-IR 6.</summary>
    public static readonly Encoding Default = Encoding.ASCII;

    /// <summary>The encoding of a defined term; <see cref="Default"/> for an unknown one.</summary>
    public static Encoding GetEncoding(string charset) => TextEncodings.For([charset ?? ""], null).First;

    /// <summary>The encodings of all values of (0008,0005).</summary>
    public static Encoding[] GetEncodings(string[] charsets) => TextEncodings.For(charsets ?? [], null).All;
}
