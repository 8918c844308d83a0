namespace VMUNet.Model;

/// <summary>How far a training example may be changed. Zero or false switches a change off.</summary>
public sealed record AugmentationRecipe
{
    /// <summary>Mirror left-right with probability one half. Never for sided organs unless the task exchanges their labels.</summary>
    public bool FlipColumns { get; init; }

    /// <summary>Mirror top-bottom with probability one half.</summary>
    public bool FlipRows { get; init; }

    /// <summary>Turn by a random number of quarter turns.</summary>
    public bool QuarterTurns { get; init; }

    /// <summary>Largest rotation, degrees, either way.</summary>
    public double RotationDegrees { get; init; }

    /// <summary>Largest zoom, as a natural logarithm, either way (0.2 = 0.82 to 1.22).</summary>
    public double LogScale { get; init; }

    /// <summary>Largest stretch of rows against columns, as a natural logarithm, either way.</summary>
    public double LogStretch { get; init; }

    /// <summary>Largest shift as a share of the side, either way and direction.</summary>
    public double Shift { get; init; }

    /// <summary>Standard deviation of the smooth random displacement as a share of the side.</summary>
    public double Elastic { get; init; }

    /// <summary>Largest change of contrast about the mean, as a natural logarithm.</summary>
    public double LogContrast { get; init; }

    /// <summary>Largest change of colour saturation, as a natural logarithm (three colour channels only).</summary>
    public double LogSaturation { get; init; }

    /// <summary>Largest gain of one channel against the others, as a natural logarithm.</summary>
    public double LogChannelGain { get; init; }

    /// <summary>Largest additive change of brightness.</summary>
    public double Brightness { get; init; }

    /// <summary>Largest gamma, as a natural logarithm, either way.</summary>
    public double LogGamma { get; init; }

    /// <summary>Largest strength of a smooth multiplicative field (coil shading), as a natural logarithm.</summary>
    public double LogBiasField { get; init; }

    /// <summary>Largest standard deviation of added noise.</summary>
    public double Noise { get; init; }

    /// <summary>
    /// Probability that an example's organs change their own brightness, each by its own or a common factor, while all
    /// else stays (iron load, contrast phase). Every plane changes where its own labels lie.
    /// </summary>
    public double OrganProbability { get; init; }

    /// <summary>Largest darkening of an organ, as a natural logarithm (1.6 = down to a fifth of its value).</summary>
    public double OrganLogDarkening { get; init; }

    /// <summary>Largest brightening of an organ, as a natural logarithm.</summary>
    public double OrganLogBrightening { get; init; }

    /// <summary>
    /// Probability that an example passes through a random filter (<see cref="RandomFilter"/>), which gives tissues other
    /// contrasts and keeps shapes.
    /// </summary>
    public double FilterProbability { get; init; }

    /// <summary>Photographs of skin: no direction is special and colour varies between cameras.</summary>
    public static AugmentationRecipe Photograph { get; } = new()
    {
        FlipColumns = true, FlipRows = true, QuarterTurns = true, RotationDegrees = 30, LogScale = 0.2, LogStretch = 0.1,
        Shift = 0.08, LogContrast = 0.2, LogSaturation = 0.25, LogChannelGain = 0.08, Brightness = 0.08, LogGamma = 0.2,
    };

    /// <summary>
    /// Axial slices of a body: no flips, since left and right organs differ; shape, coil shading and the organs' own
    /// brightness vary.
    /// </summary>
    public static AugmentationRecipe AxialSlice { get; } = new()
    {
        RotationDegrees = 15, LogScale = 0.25, LogStretch = 0.12, Shift = 0.08, Elastic = 0.02,
        LogContrast = 0.3, Brightness = 0.1, LogGamma = 0.35, LogBiasField = 0.3, Noise = 0.04,
        OrganProbability = 0.7, OrganLogDarkening = 1.9, OrganLogBrightening = 0.3,
    };
}
