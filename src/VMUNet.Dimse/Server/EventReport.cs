namespace VMUNet.Dimse;

/// <summary>An N-EVENT-REPORT of the storage commitment service (PS3.4 J.3.3).</summary>
public sealed record EventReport
{
    /// <summary>1: every object is kept; 2: some are not.</summary>
    public required ushort EventType { get; init; }

    /// <summary>Transfer syntax of <see cref="DataSet"/>.</summary>
    public required string TransferSyntaxUid { get; init; }

    /// <summary>The data set as it came, at most 4 MiB.</summary>
    public required byte[] DataSet { get; init; }
}
