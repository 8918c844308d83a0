namespace VMUNet.Dimse;

/// <summary>One object that a <see cref="StoreScpFolder"/> has kept.</summary>
/// <param name="Path">The DICOM file, complete.</param>
/// <param name="SopClassUid">SOP class.</param>
/// <param name="SopInstanceUid">SOP instance.</param>
/// <param name="CallingAe">Who sent it.</param>
public sealed record ReceivedFile(string Path, string SopClassUid, string SopInstanceUid, string CallingAe);
