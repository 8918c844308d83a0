namespace VMUNet.Data.Studies;

/// <summary>What became of a received instance. In every case it may be acknowledged: the row and the file are durable.</summary>
public abstract record RecordOutcome
{
    private RecordOutcome()
    {
    }

    /// <summary>A new instance. <paramref name="IsLate"/>: its series had been complete, so a new revision began.</summary>
    public sealed record Stored(long InstanceId, long SeriesId, bool IsLate) : RecordOutcome;

    /// <summary>Known with the same content: nothing changed, no second job. The new file may be deleted if its path
    /// is not <paramref name="StoredPath"/>.</summary>
    public sealed record Duplicate(long InstanceId, string StoredPath) : RecordOutcome;

    /// <summary>Known with the same pixels under another header: the new file is the instance's, the old one is kept.</summary>
    public sealed record HeaderRevision(long InstanceId, int Revision) : RecordOutcome;

    /// <summary>Known in another transfer syntax: kept, and a worker compares the pixels.</summary>
    public sealed record SyntaxCopy(long InstanceId) : RecordOutcome;

    /// <summary>Known under this UID with other pixels: the first stays, this one is kept aside for a person.</summary>
    public sealed record PixelConflict(string Detail) : RecordOutcome;

    /// <summary>Known under this UID in another series or study: the first stays, this one is kept aside for a person.</summary>
    public sealed record IdentityConflict(string Detail) : RecordOutcome;
}
