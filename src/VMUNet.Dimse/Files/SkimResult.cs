namespace VMUNet.Dimse;

/// <summary>What became of a data set.</summary>
public abstract record SkimResult
{
    private SkimResult()
    {
    }

    /// <summary>Read to its last byte.</summary>
    /// <param name="Header">The values that were looked for.</param>
    public sealed record Complete(SkimmedHeader Header) : SkimResult;

    /// <summary>Not readable to its end.</summary>
    /// <param name="Fault">Why.</param>
    /// <param name="Detail">Where, by tag and offset; no values.</param>
    public sealed record Refused(SkimFault Fault, string Detail) : SkimResult;
}
