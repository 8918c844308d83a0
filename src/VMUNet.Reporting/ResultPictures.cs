namespace VMUNet.Reporting;

/// <summary>One drawn slice.</summary>
/// <param name="Slice">Index of the slice.</param>
/// <param name="Organs">Names of the organs with contours on it.</param>
/// <param name="Png">The picture.</param>
internal sealed record OverlayPicture(int Slice, IReadOnlyList<string> Organs, byte[] Png);

/// <summary>The overlay pictures of one result.</summary>
/// <param name="Pictures">Slices with findings, ascending.</param>
/// <param name="SliceCount">Slices of the source; 1 for a photograph.</param>
/// <param name="Problem">Why there are none; null when there are.</param>
internal sealed record ResultPictures(IReadOnlyList<OverlayPicture> Pictures, int SliceCount, string? Problem)
{
    public static ResultPictures None(string problem) => new([], 0, problem);

    /// <summary>What a reader who cannot see a picture is told.</summary>
    public string Describe(OverlayPicture picture) =>
        (SliceCount == 1 ? "Photograph" : $"Slice {picture.Slice + 1} of {SliceCount}")
        + (picture.Organs.Count == 0 ? " without contours" : $" with contours of {string.Join(", ", picture.Organs)}");
}
