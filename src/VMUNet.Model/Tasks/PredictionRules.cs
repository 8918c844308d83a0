namespace VMUNet.Model;

/// <summary>How a network's answers become probabilities and labels. Frozen with the weights, as <see cref="Preprocessing"/> is.</summary>
public sealed record PredictionRules
{
    private const int MostZooms = 8;
    private const double SmallestZoom = 0.5;
    private const double LargestZoom = 2;
    private const double SmallestWeight = 0.1;
    private const double LargestWeight = 10;

    /// <summary>
    /// Mirrored and turned views of a photograph whose probabilities are averaged: 2, 4 or 8; null for the photograph alone. Never for
    /// volumes: left and right of a body differ.
    /// </summary>
    public int? MirroredViews { get; init; }

    /// <summary>
    /// Factors (0.5 to 2) by which the network's input is also zoomed about its centre; the probabilities are zoomed back and averaged with
    /// the others. Null for none.
    /// </summary>
    public IReadOnlyList<double>? Zooms { get; init; }

    /// <summary>
    /// What the background's probability is multiplied by before the label with the largest is chosen (several classes only); null for 1.
    /// Above 1, thin and doubtful places fall to the background.
    /// </summary>
    public double? BackgroundWeight { get; init; }

    /// <summary>
    /// Probability from which a pixel belongs to the label (one class only), above 0 and below 1; null for a half. Chosen on the dev split.
    /// </summary>
    public double? Threshold { get; init; }

    /// <summary>The network's answer as it is.</summary>
    internal static PredictionRules Plain { get; } = new();

    /// <summary>What is wrong with these rules; null when nothing is.</summary>
    /// <param name="kind">What the model is for.</param>
    /// <param name="isSingle">Whether it has one class.</param>
    internal string? FaultFor(TaskKind kind, bool isSingle) => this switch
    {
        { MirroredViews: not null } when kind != TaskKind.Picture =>
            $"mirrored_views is {MirroredViews}; left and right of a body differ, so only models for photographs have it.",
        { MirroredViews: not (null or 1 or 2 or 4 or 8) } => $"mirrored_views is {MirroredViews}; 1, 2, 4 or 8 were expected.",
        { Zooms: { } zooms } when zooms.Count > MostZooms || zooms.Any(z => z is not (>= SmallestZoom and <= LargestZoom)) =>
            FormattableString.Invariant($"zooms is [{string.Join(", ", zooms)}]; at most {MostZooms} factors from {SmallestZoom} to {LargestZoom} were expected."),
        { BackgroundWeight: not (null or (>= SmallestWeight and <= LargestWeight)) } => FormattableString.Invariant(
            $"background_weight is {BackgroundWeight}; a factor from {SmallestWeight} to {LargestWeight} was expected."),
        { BackgroundWeight: not null } when isSingle => "background_weight is for several classes; one class has a threshold.",
        { Threshold: not (null or (> 0 and < 1)) } =>
            FormattableString.Invariant($"threshold is {Threshold}; a probability above 0 and below 1 was expected."),
        { Threshold: not null } when !isSingle => "threshold is for one class; of several, the one with the largest probability is chosen.",
        _ => null,
    };

    /// <summary>Whether two models answer alike.</summary>
    internal bool IsSameAs(PredictionRules other) =>
        (MirroredViews ?? 1, BackgroundWeight ?? 1, Threshold) == (other.MirroredViews ?? 1, other.BackgroundWeight ?? 1, other.Threshold)
        && (Zooms ?? []).SequenceEqual(other.Zooms ?? []);
}
