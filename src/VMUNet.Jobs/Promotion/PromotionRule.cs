using System.Globalization;
using VMUNet.Imaging.Statistics;

namespace VMUNet.Jobs.Promotion;

/// <summary>One organ of one locked case, judged with both models. Null: empty in both, left out.</summary>
public sealed record PairedScore(string Patient, string Organ, double? Challenger, double? Champion);

/// <summary>What the gate demands; stored with every decision.</summary>
public sealed record PromotionLimits
{
    /// <summary>Largest loss of DSC that counts as none. Default 0.01.</summary>
    public double Margin { get; init; } = 0.01;

    /// <summary>Patients that an organ needs for a verdict. Default 30.</summary>
    public int MinimumPatients { get; init; } = 30;

    /// <summary>One-sided error of the bounds. Default 0.025.</summary>
    public double Alpha { get; init; } = PairedStatistics.DefaultAlpha;

    /// <summary>Seed of the bootstrap. Default 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>One organ at the gate. <paramref name="HasPassed"/> is null where there is no verdict.</summary>
public sealed record OrganGate(string Organ, int Patients, double? MeanDifference, double? LowerBound, double Margin,
    bool? HasPassed, string Reason);

/// <summary>The gate's answer.</summary>
public sealed record PromotionJudgement(GateVerdict Verdict, IReadOnlyList<OrganGate> Gates, IReadOnlyList<string> Reasons);

/// <summary>Closed set of answers.</summary>
public enum GateVerdict
{
    /// <summary>Every organ passes; a person must still approve.</summary>
    Eligible,

    /// <summary>Too few patients, or figures that cannot be compared.</summary>
    NoVerdict,

    /// <summary>At least one organ may be worse: the champion stays.</summary>
    Kept,
}

/// <summary>
/// Non-inferiority on the locked set, per organ: the smaller of the t and the BCa lower bound of the mean paired DSC
/// difference (challenger minus champion, by patient) must lie above minus the margin. All organs must pass, so no
/// correction for their number is needed. A missed or invented organ counts DSC 0. Pure.
/// </summary>
public static class PromotionRule
{
    /// <summary>Judges.</summary>
    public static PromotionJudgement Judge(IReadOnlyList<PairedScore> scores, PromotionLimits limits)
    {
        OrganGate[] gates = [.. scores.GroupBy(s => s.Organ, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => Judge(g.Key, [.. g], limits))];
        if (gates.Length == 0)
        {
            return new PromotionJudgement(GateVerdict.NoVerdict, gates, ["the locked set is empty, so there is no verdict"]);
        }
        GateVerdict verdict = gates.Any(g => g.HasPassed == false) ? GateVerdict.Kept
            : gates.Any(g => g.HasPassed is null) ? GateVerdict.NoVerdict
            : GateVerdict.Eligible;
        return new PromotionJudgement(verdict, gates, [.. gates.Select(g => g.Reason)]);
    }

    private static OrganGate Judge(string organ, IReadOnlyList<PairedScore> scores, PromotionLimits limits)
    {
        // A case that only one model left out as empty in both cannot be: emptiness in both is the reference's property
        // and the prediction's, so one empty side means an invented organ, DSC 0.
        IReadOnlyList<double> differences = PairedStatistics.ByPatient(scores
            .Where(s => s.Challenger is not null || s.Champion is not null)
            .Select(s => (s.Patient, (s.Challenger ?? 1) - (s.Champion ?? 1))));
        int n = differences.Count;
        if (differences.Any(d => !double.IsFinite(d)))
        {
            return new OrganGate(organ, n, null, null, limits.Margin, null, $"{organ}: a figure is not finite, no verdict");
        }
        PairedBound? bound = PairedStatistics.Bound(differences, limits.Seed, limits.Alpha);
        if (n < limits.MinimumPatients || bound is null)
        {
            return new OrganGate(organ, n, bound?.Mean, bound?.Lower, limits.Margin, null,
                $"{organ}: {n} patients, {limits.MinimumPatients} are needed for a verdict"
                + (bound is null ? "" : string.Create(CultureInfo.InvariantCulture,
                    $" (mean difference {bound.Mean:+0.0000;-0.0000;0.0000}, lower bound {bound.Lower:+0.0000;-0.0000;0.0000})")));
        }
        bool hasPassed = bound.Lower > -limits.Margin;
        return new OrganGate(organ, n, bound.Mean, bound.Lower, limits.Margin, hasPassed, string.Create(
            CultureInfo.InvariantCulture,
            $"{organ}: n = {n}, mean difference {bound.Mean:+0.0000;-0.0000;0.0000}, lower bound {bound.Lower:+0.0000;-0.0000;0.0000} is {(hasPassed ? "above" : "not above")} -{limits.Margin:0.000}"));
    }
}
