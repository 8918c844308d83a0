using VMUNet.Jobs.Promotion;

namespace VMUNet.Jobs.Tests.Promotion;

public sealed class PromotionRuleTests
{
    private static readonly PromotionLimits s_limits = new();

    [Theory]
    [InlineData(50, 0.0, 0.01, GateVerdict.Eligible)]
    [InlineData(50, 0.005, 0.01, GateVerdict.Eligible)]
    [InlineData(50, -0.03, 0.01, GateVerdict.Kept)]
    [InlineData(50, 0.0, 0.2, GateVerdict.Kept)] // as good on average, but nobody knows
    [InlineData(29, 0.0, 0.001, GateVerdict.NoVerdict)]
    [InlineData(12, -0.03, 0.001, GateVerdict.NoVerdict)]
    [InlineData(1, 0.1, 0.0, GateVerdict.NoVerdict)]
    public void One_organ_is_judged_by_its_lower_bound_and_its_number_of_patients(
        int patients, double shift, double spread, GateVerdict expected) =>
        Assert.Equal(expected, PromotionRule.Judge(Organ("liver", patients, shift, spread), s_limits).Verdict);

    [Fact]
    public void One_worse_organ_of_eight_keeps_the_champion_and_is_named()
    {
        List<PairedScore> scores = [.. Enumerable.Range(1, 7).SelectMany(i => Organ($"organ{i}", 50, 0.004, 0.01)),
            .. Organ("pancreas", 50, -0.03, 0.01)];

        PromotionJudgement judgement = PromotionRule.Judge(scores, s_limits);

        Assert.Equal(GateVerdict.Kept, judgement.Verdict);
        Assert.Equal("pancreas", Assert.Single(judgement.Gates, g => g.HasPassed == false).Organ);
        Assert.Contains(judgement.Reasons, r => r.StartsWith("pancreas: n = 50", StringComparison.Ordinal));
    }

    [Fact]
    public void Too_few_patients_say_how_many_are_needed() =>
        Assert.Contains("liver: 12 patients, 30 are needed", PromotionRule.Judge(Organ("liver", 12, 0, 0.01), s_limits).Reasons[0],
            StringComparison.Ordinal);

    [Fact]
    public void Several_images_of_a_patient_count_as_one() =>
        Assert.Equal(25, PromotionRule.Judge(
            [.. Organ("lesion", 25, 0, 0.01), .. Organ("lesion", 25, 0, 0.01)], s_limits).Gates[0].Patients);

    [Fact]
    public void Cases_empty_in_both_models_are_left_out_and_an_invented_organ_counts_against_its_inventor()
    {
        List<PairedScore> scores = [.. Organ("spleen", 40, 0, 0.0),
            .. Enumerable.Range(100, 20).Select(i => new PairedScore($"p{i}", "spleen", null, null)),
            .. Enumerable.Range(200, 10).Select(i => new PairedScore($"p{i}", "spleen", 0, null))];

        OrganGate gate = PromotionRule.Judge(scores, s_limits).Gates.Single();

        Assert.Equal(50, gate.Patients);
        Assert.Equal(-0.2, gate.MeanDifference!.Value, 1e-12);
        Assert.False(gate.HasPassed);
    }

    [Fact]
    public void The_same_figures_give_the_same_bound_whatever_their_order()
    {
        List<PairedScore> scores = Organ("liver", 40, 0.001, 0.02);

        double? a = PromotionRule.Judge(scores, s_limits).Gates[0].LowerBound;
        scores.Reverse();

        Assert.Equal(a, PromotionRule.Judge(scores, s_limits).Gates[0].LowerBound);
    }

    [Fact]
    public void A_figure_that_is_not_finite_gives_no_verdict() =>
        Assert.Equal(GateVerdict.NoVerdict, PromotionRule.Judge(
            [.. Organ("liver", 40, 0.1, 0.01), new PairedScore("x", "liver", double.NaN, 0.9)], s_limits).Verdict);

    [Fact]
    public void An_empty_locked_set_gives_no_verdict() =>
        Assert.Equal(GateVerdict.NoVerdict, PromotionRule.Judge([], s_limits).Verdict);

    // Differences alternate around the shift, so their mean is the shift (for even numbers) and their spread is known.
    private static List<PairedScore> Organ(string organ, int patients, double shift, double spread) =>
        [.. Enumerable.Range(0, patients).Select(i =>
            new PairedScore($"p{i}", organ, 0.8 + shift + (i % 2 == 0 ? spread : -spread), 0.8))];
}
