namespace VMUNet.Imaging.Statistics;

/// <summary>Wilcoxon signed-rank test against "not greater than zero", zeros dropped, average ranks for ties.</summary>
/// <param name="Count">Differences that are not zero.</param>
/// <param name="WPlus">Sum of the ranks of the positive ones.</param>
/// <param name="PNormal">One-sided p by the normal approximation, tie-corrected, without continuity correction.</param>
/// <param name="PExact">One-sided exact p; null above 25 differences, with ties, or after zeros were dropped.</param>
public sealed record WilcoxonResult(int Count, double WPlus, double PNormal, double? PExact)
{
    /// <summary>The exact p where it exists, else the approximate one.</summary>
    public double P => PExact ?? PNormal;
}
