namespace VMUNet.DicomListener;

/// <summary>What to do with a quiet series.</summary>
internal abstract record CompletionVerdict
{
    private CompletionVerdict()
    {
    }

    /// <summary>Complete it; the warning says what the cap overruled.</summary>
    public sealed record Complete(string? Warning) : CompletionVerdict;

    /// <summary>Look again at this time; until then the series shows what it waits for.</summary>
    public sealed record Wait(DateTimeOffset Until, string For) : CompletionVerdict;
}
