using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Where slice z came from.</summary>
/// <param name="Path">The file.</param>
/// <param name="SopInstanceUid">Its SOP instance.</param>
/// <param name="SopClassUid">Its SOP class.</param>
/// <param name="FrameNumber">1-based frame of a multi-frame instance; null for a single-frame one.</param>
public sealed record SourceFrame(string Path, string SopInstanceUid, string SopClassUid, int? FrameNumber)
{
    /// <summary>Image Position (Patient) as written in the source; null without patient geometry.</summary>
    internal IReadOnlyList<string>? PositionText { get; init; }

    /// <summary>The same as numbers: centre of the slice's first pixel, LPS millimetres.</summary>
    internal Vector3D? Position { get; init; }
}

/// <summary>One referenced SOP instance.</summary>
/// <param name="SopClassUid">SOP class.</param>
/// <param name="SopInstanceUid">SOP instance.</param>
public sealed record SourceInstance(string SopClassUid, string SopInstanceUid);
