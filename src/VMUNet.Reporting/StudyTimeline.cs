using VMUNet.Data.Queries;

namespace VMUNet.Reporting;

/// <summary>What happened to a study, in words.</summary>
internal static class StudyTimeline
{
    /// <summary>Events whose names say little to a reader; the others are their own words.</summary>
    private static readonly Dictionary<string, string> s_titles = new()
    {
        ["completed"] = "complete",
        ["enqueued"] = "routed and queued",
        ["delivery_delivered"] = "delivered",
        ["delivery_due"] = "delivery put off",
        ["delivery_dead"] = "delivery given up",
        ["delivery_done"] = "delivered everywhere",
        ["instance_arrived"] = "late instance",
        ["set_aside"] = "set aside",
        ["refuse"] = "refused",
        ["fail"] = "failed",
        ["reopen"] = "taken up again",
        ["lease_expired"] = "worker lost",
    };

    /// <summary>What an event is called.</summary>
    public static string Title(TimelineEntry entry) => s_titles.GetValueOrDefault(entry.Kind) ?? Show.Words(entry.Kind);

    /// <summary>Who did it, and to which of several series.</summary>
    public static string Whose(TimelineEntry entry, StudySummary study)
    {
        var series = study.Series.Count > 1 ? study.Series.FirstOrDefault(s => s.SeriesId == entry.SeriesId) : null;
        var by = entry.Actor.Length > 0 ? $"by {entry.Actor}" : "";
        return series is null ? by : $"{by}{(by.Length > 0 ? ", " : "")}{Show.Kind(series)} series";
    }
}
