namespace VMUNet.Dicom;

/// <summary>A transfer syntax that this host cannot decode.</summary>
/// <param name="TransferSyntaxUid">Its UID.</param>
/// <param name="Name">Its name (PS3.6 table A-1).</param>
/// <param name="Package">The Debian package that brings the decoder.</param>
public sealed record MissingCodec(string TransferSyntaxUid, string Name, string Package);
