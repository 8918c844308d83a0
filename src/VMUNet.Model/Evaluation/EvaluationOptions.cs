namespace VMUNet.Model;

/// <summary>What an evaluation does beyond its figures.</summary>
public sealed record EvaluationOptions
{
    /// <summary>True also predicts by the papers' procedure and adds its numbers.</summary>
    public bool WithPaper { get; init; }

    /// <summary>True adds the reliability table.</summary>
    public bool WithReliability { get; init; }

    /// <summary>Receives the worst cases as pictures; null for none.</summary>
    public WorstCases? Worst { get; init; }
}
