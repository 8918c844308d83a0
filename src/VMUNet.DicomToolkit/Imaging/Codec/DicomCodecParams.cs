namespace VMUNet.DicomToolkit.Imaging.Codec;

/// <summary>Settings of a codec. The decoders here have none.</summary>
public class DicomCodecParams
{
}
