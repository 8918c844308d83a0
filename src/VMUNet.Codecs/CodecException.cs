namespace VMUNet.Codecs;

/// <summary>A frame cannot be decoded: it is broken, not of the stated shape, or of an encoding that this host cannot
/// decode. The message says which.</summary>
public sealed class CodecException(string message) : Exception(message);
