namespace VMUNet.Imaging.Statistics;

/// <summary>How sure one may be that a mean of paired differences is not below a margin.</summary>
public sealed record PairedBound
{
    /// <summary>Number of patients.</summary>
    public required int Count { get; init; }

    /// <summary>Mean difference.</summary>
    public required double Mean { get; init; }

    /// <summary>Standard deviation of the differences (n - 1).</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>Lower bound by Student's t.</summary>
    public required double TLower { get; init; }

    /// <summary>Lower bound by BCa bootstrap over patients.</summary>
    public required double BootstrapLower { get; init; }

    /// <summary>The smaller of the two: the one that decides.</summary>
    public double Lower => Math.Min(TLower, BootstrapLower);
}
