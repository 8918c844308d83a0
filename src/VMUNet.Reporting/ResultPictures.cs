namespace VMUNet.Reporting;

/// <summary>The overlay pictures of one result.</summary>
/// <param name="Slices">Slices with findings, or with a correction, that have a picture; ascending.</param>
/// <param name="SliceCount">Slices of the source; 1 for a photograph.</param>
/// <param name="Pictures">PNG bytes by slice.</param>
/// <param name="Problem">Why there are none; null when there are.</param>
internal sealed record ResultPictures(
    IReadOnlyList<int> Slices, int SliceCount, IReadOnlyDictionary<int, byte[]> Pictures, string? Problem)
{
    public static ResultPictures None(string problem) => new([], 0, new Dictionary<int, byte[]>(), problem);
}
