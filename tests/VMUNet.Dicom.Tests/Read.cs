namespace VMUNet.Dicom.Tests;

/// <summary>Reading that must succeed, or must be refused.</summary>
internal static class Read
{
    public static SeriesContent.AsVolume Volume(IReadOnlyList<string> files) =>
        SeriesReader.Read(files, CancellationToken.None) switch
        {
            SeriesContent.AsVolume volume => volume,
            SeriesContent.Refused refused => throw new Xunit.Sdk.XunitException($"{refused.Reason}: {refused.Detail}"),
            var other => throw new Xunit.Sdk.XunitException($"{other}"),
        };

    public static SeriesContent.AsPhotograph Photograph(IReadOnlyList<string> files) =>
        SeriesReader.Read(files, CancellationToken.None) switch
        {
            SeriesContent.AsPhotograph photograph => photograph,
            SeriesContent.Refused refused => throw new Xunit.Sdk.XunitException($"{refused.Reason}: {refused.Detail}"),
            var other => throw new Xunit.Sdk.XunitException($"{other}"),
        };

    public static string Refusal(IReadOnlyList<string> files, RefusalReason reason)
    {
        var refused = Assert.IsType<SeriesContent.Refused>(SeriesReader.Read(files, CancellationToken.None));
        Assert.Equal(reason, refused.Reason);
        Assert.DoesNotContain("Synthetic", refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("P-1", refused.Detail, StringComparison.Ordinal);
        return refused.Detail;
    }

    public static SegContent.Labels Seg(string file, SourceSeries source, IReadOnlyList<VMUNet.Imaging.OrganLabel> organs) =>
        SegReader.Read(file, source, organs) switch
        {
            SegContent.Labels labels => labels,
            SegContent.Refused refused => throw new Xunit.Sdk.XunitException($"{refused.Reason}: {refused.Detail}"),
            var other => throw new Xunit.Sdk.XunitException($"{other}"),
        };
}
