using VMUNet.Data.Queries;

namespace VMUNet.Host.Demo;

/// <summary>Content of demo-summary.json.</summary>
/// <param name="Ok">Whether every step happened.</param>
/// <param name="Seconds">Wall time of the whole demo.</param>
/// <param name="Studies">One entry a sample.</param>
internal sealed record DemoSummary(bool Ok, double Seconds, IReadOnlyList<DemoStudy> Studies);

/// <summary>One study; figures are read back from PostgreSQL.</summary>
internal sealed record DemoStudy(
    string StudyUid, string Kind, string Model, DemoSeconds Seconds, string SegPath, IReadOnlyList<DemoOrgan> Organs)
{
    /// <summary>From the stored result.</summary>
    /// <param name="kind">Kind of sample.</param>
    /// <param name="studyUid">Its study.</param>
    /// <param name="segPath">SEG at the archive.</param>
    /// <param name="result">The result with its newest correction.</param>
    public static DemoStudy Of(string kind, string studyUid, string segPath, SegmentationDetail result)
    {
        double Stage(string name) => result.StageSeconds.GetValueOrDefault(name);
        return new DemoStudy(
            studyUid, kind, result.Model,
            new DemoSeconds(
                Stage("receive"), Stage("queue"), Math.Round(Stage("read") + Stage("segment") + Stage("write"), 3),
                Stage("deliver")),
            segPath,
            [.. result.Corrections[^1].Organs.Select(o => new DemoOrgan(
                o.Organ, System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(o.Status.ToString()), o.Dsc, o.Hd95, o.Unit))]);
    }
}

/// <summary>
/// Seconds of each stage: first instance to complete series; complete to start of the job; reading, network and writing;
/// result to the archive's success.
/// </summary>
internal sealed record DemoSeconds(double Receive, double Queue, double Segment, double Deliver);

/// <summary>One organ. <paramref name="Hd95Mm"/> is in <paramref name="Unit"/>: mm, or px for photographs.</summary>
internal sealed record DemoOrgan(string Name, string Status, double? Dsc, double? Hd95Mm, string Unit);
