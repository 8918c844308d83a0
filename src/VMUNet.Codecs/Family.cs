namespace VMUNet.Codecs;

/// <summary>Kinds of compression.</summary>
internal enum Family
{
    None,
    RunLength,
    Jpeg,
    JpegLs,
    Jpeg2000,
    HighThroughput,
}
