using VMUNet.Data.Studies;

namespace VMUNet.DicomListener.Tests;

public sealed class CompletionRuleTests
{
    private static readonly DateTimeOffset s_last = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly double[] s_axial = [1, 0, 0, 0, 1, 0];

    [Fact]
    public void Contiguous_slices_in_any_order_are_complete() =>
        Assert.Equal(new CompletionVerdict.Complete(null), Judge("MR", [15, 0, 5, 10]));

    [Fact]
    public void Two_acquisitions_at_the_same_positions_are_no_gap() =>
        Assert.Equal(new CompletionVerdict.Complete(null), Judge("MR", [0, 0, 5, 5, 10, 10]));

    [Theory]
    [InlineData(7.4, true)]
    [InlineData(7.6, false)]
    public void A_step_of_one_and_a_half_medians_is_the_limit(double step, bool isComplete) =>
        Assert.Equal(isComplete, Judge("CT", [0, 5, 10, 10 + step, 15 + step]) is CompletionVerdict.Complete);

    [Fact]
    public void Too_few_slices_wait_for_the_cap() => Assert.Equal(
        new CompletionVerdict.Wait(s_last + TimeSpan.FromMinutes(10), "fewer than 3 slices"), Judge("MR", [0, 5]));

    [Fact]
    public void Mixed_orientations_wait_and_are_named()
    {
        var verdict = CompletionRule.Judge(
            Series("MR", [Slice(0), Slice(5), Slice(10) with { ImageOrientation = [0, 1, 0, 0, 0, -1] }]), s_last, new ListenerOptions());

        Assert.Equal("more than one orientation", Assert.IsType<CompletionVerdict.Wait>(verdict).For);
    }

    [Fact]
    public void Slices_without_position_wait_and_are_named()
    {
        var verdict = CompletionRule.Judge(
            Series("CT", [Slice(0), Slice(5), Slice(10) with { ImagePosition = null }]), s_last, new ListenerOptions());

        Assert.Equal("slices without position", Assert.IsType<CompletionVerdict.Wait>(verdict).For);
    }

    [Fact]
    public void One_multi_frame_object_is_a_whole_series() => Assert.Equal(
        new CompletionVerdict.Complete(null),
        CompletionRule.Judge(Series("MR", [Slice(0) with { NumberOfFrames = 40 }]), s_last, new ListenerOptions()));

    [Theory]
    [InlineData("SEG")]
    [InlineData("XC")]
    [InlineData("")]
    public void Other_modalities_need_only_silence(string modality) =>
        Assert.Equal(new CompletionVerdict.Complete(null), Judge(modality, [0]));

    [Fact]
    public void At_the_cap_it_is_complete_with_the_warning()
    {
        var verdict = CompletionRule.Judge(
            Series("MR", [Slice(0), Slice(5), Slice(20)]), s_last + TimeSpan.FromMinutes(10), new ListenerOptions());

        Assert.Equal(new CompletionVerdict.Complete("gap"), verdict);
    }

    private static CompletionVerdict Judge(string modality, double[] positions) =>
        CompletionRule.Judge(Series(modality, [.. positions.Select(Slice)]), s_last + TimeSpan.FromMinutes(1), new ListenerOptions());

    private static DueSeries Series(string modality, IReadOnlyList<DueInstance> instances) =>
        new(1, "1.2.3", modality, "1.2", 1, instances.Count, s_last, s_last, instances);

    private static DueInstance Slice(double z) => new("1.2", [3, 4, z], s_axial, null, null);
}
