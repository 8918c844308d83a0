namespace VMUNet.Dimse;

/// <summary>A stream does not begin as a DICOM file does; the message says what was expected and what came.</summary>
public sealed class Part10FormatException(string message) : Exception(message);
