namespace VMUNet.Data.Processing;

/// <summary>What routing looks at in a complete series.</summary>
public sealed record SeriesFacts
{
    /// <summary>Row of the series.</summary>
    public required long SeriesId { get; init; }

    /// <summary>(0020,000E).</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>(0020,000D).</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>Revision that the job will be made for.</summary>
    public required int Revision { get; init; }

    /// <summary>(0008,0060).</summary>
    public required string Modality { get; init; }

    /// <summary>(0008,0016) of its instances.</summary>
    public required string SopClassUid { get; init; }

    /// <summary>(0018,0015); may be empty.</summary>
    public required string BodyPart { get; init; }

    /// <summary>(0008,1030); may be empty.</summary>
    public required string StudyDescription { get; init; }

    /// <summary>(0008,103E); may be empty.</summary>
    public required string SeriesDescription { get; init; }

    /// <summary>(0018,1030); may be empty.</summary>
    public required string ProtocolName { get; init; }

    /// <summary>Backfill: waits behind other series, whatever its route's priority.</summary>
    public bool IsBatch { get; init; }
}

/// <summary>What to do with a complete series.</summary>
public abstract record JobPlan
{
    private JobPlan()
    {
    }

    /// <summary>One job in the named queue.</summary>
    /// <param name="Kind">What the job does.</param>
    /// <param name="Queue">Hangfire queue.</param>
    /// <param name="Route">Name of the route; null for corrections.</param>
    /// <param name="Model">Task or model that serves it; null for corrections.</param>
    /// <param name="Destinations">Who gets the result; "*" stands for all that are configured.</param>
    /// <param name="Reasons">Why this route, for pages.</param>
    public sealed record Enqueue(JobKind Kind, string Queue, string? Route, string? Model,
        IReadOnlyList<string> Destinations, IReadOnlyList<string> Reasons) : JobPlan;

    /// <summary>Cannot be used: no route, unknown object.</summary>
    public sealed record Refuse(string Reason, string Detail) : JobPlan;

    /// <summary>Nothing to do with it.</summary>
    public sealed record SetAside(string Detail) : JobPlan;
}

/// <summary>A job that waits for its place in Hangfire's queue.</summary>
public sealed record QueuedJob(long SeriesJobId, JobKind Kind, string Queue);

/// <summary>A worker's hold on a job. Every result presents <see cref="Fence"/>; a newer lease makes it worthless.</summary>
public sealed record JobLease
{
    /// <summary>Row of the job.</summary>
    public required long SeriesJobId { get; init; }

    /// <summary>Number of this lease; grows with each start.</summary>
    public required long Fence { get; init; }

    /// <summary>Starts so far, this one included.</summary>
    public required int Attempts { get; init; }

    /// <summary>What routing chose.</summary>
    public string? Route { get; init; }

    /// <summary>Task or model that serves it.</summary>
    public string? Model { get; init; }

    /// <summary>Who gets the result.</summary>
    public required IReadOnlyList<string> Destinations { get; init; }

    /// <summary>The series.</summary>
    public required SeriesFacts Series { get; init; }

    /// <summary>Files of the series, relative to the data folder, in order of arrival.</summary>
    public required IReadOnlyList<StoredFile> Files { get; init; }

    /// <summary>Seconds between first instance and completion, and between completion and this start.</summary>
    public required (double Receive, double Queue) WaitedSeconds { get; init; }
}

/// <summary>A stored instance of a series.</summary>
public sealed record StoredFile(long InstanceId, string SopInstanceUid, string Path);

/// <summary>The lease ended: another worker took the job, or a later revision replaced it. Nothing was written.</summary>
public sealed class LeaseLostException(string message) : Exception(message);
