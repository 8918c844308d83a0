using VMUNet.Testing;

namespace VMUNet.Model.Tests.Evaluation;

[Collection(nameof(TensorTests))]
public sealed class ShippedModelTests
{
    public static TheoryData<string, string, double> Models => new()
    {
        { "lesion-dermoscopy", "dermoscopy", 0.8 },
        { "abdomen-mr-4", "abdomen-mr-chaos", 0.7 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void A_shipped_model_finds_what_the_samples_show(string name, string samples, double atLeast)
    {
        var data = DataSet.Open(Path.Combine(RepoPaths.Root, "samples", samples));
        using var model = LoadedModel.Load(Path.Combine(RepoPaths.Root, "models", name));

        var report = Evaluator.Evaluate(model, data, DataSet.AllCases, null, CancellationToken.None);

        Assert.True((report.Pooled?.Dsc ?? report.Mean!.Dsc) >= atLeast, report.ToJson());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_shipped_model_is_complete_and_small(string name, string samples, double atLeast)
    {
        _ = (samples, atLeast);
        var folder = Path.Combine(RepoPaths.Root, "models", name);
        using var model = LoadedModel.Load(folder);

        Assert.Equal(name, model.Name);
        Assert.Equal(name, model.Manifest.Task);
        Assert.True(model.Manifest.PrecisionGate.Allows(), "measured_dsc_difference of the dev set is missing, or beyond the gate");
        Assert.True(new FileInfo(Path.Combine(folder, "weights.safetensors")).Length < 60_000_000);
        Assert.Contains("NOT FOR DIAGNOSTIC USE", File.ReadAllText(Path.Combine(folder, "CARD.md")), StringComparison.Ordinal);
        Assert.True(model.Network.named_parameters().Sum(p => p.parameter.numel()) <= 15_000_000);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_fast_profile_changes_no_organ_of_the_samples_by_more_than_the_gate_allows(string name, string samples, double atLeast)
    {
        _ = atLeast;
        CompareProfiles(name, DataSet.Open(Path.Combine(RepoPaths.Root, "samples", samples)), DataSet.AllCases);
    }

    [Theory]
    [InlineData("lesion-dermoscopy", "lesion-isic2017")]
    [InlineData("abdomen-mr-4", "abdomen-mr-chaos")]
    public void The_fast_profile_changes_no_organ_of_the_validation_set_by_more_than_the_gate_allows(string name, string set)
    {
        var folder = RepoPaths.Shared is null ? null : Path.Combine(RepoPaths.Shared, "data", set);
        if (folder is null || !Directory.Exists(folder))
        {
            Assert.Skip("the full data set in ../shared is not there");
        }

        CompareProfiles(name, DataSet.Open(folder), "dev");
    }

    [Theory]
    [InlineData("lesion-dermoscopy", "lesion-isic2017")]
    [InlineData("abdomen-mr-4", "abdomen-mr-chaos")]
    public void The_card_states_the_figure_that_evaluate_gives(string name, string set)
    {
        var folder = RepoPaths.Shared is null ? null : Path.Combine(RepoPaths.Shared, "data", set);
        if (folder is null || !Directory.Exists(folder))
        {
            Assert.Skip("the full data set in ../shared is not there");
        }

        using var model = LoadedModel.Load(Path.Combine(RepoPaths.Root, "models", name));

        var report = Evaluator.Evaluate(model, DataSet.Open(folder), "locked", null, CancellationToken.None);

        var figure = (report.Pooled?.Dsc ?? report.Mean!.Dsc!.Value).ToString("F4", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains(figure, File.ReadAllText(Path.Combine(RepoPaths.Root, "models", name, "CARD.md")), StringComparison.Ordinal);
    }

    private static void CompareProfiles(string name, DataSet data, string split)
    {
        var folder = Path.Combine(RepoPaths.Root, "models", name);
        var (exact, gate) = Dsc(Precision.Fp32);
        var (fast, _) = Dsc(Precision.Fast);

        Assert.All(exact, organ => Assert.True(
            Math.Abs(organ.Value - fast[organ.Key]) <= gate, $"{organ.Key}: {organ.Value:F5} and {fast[organ.Key]:F5}"));

        (Dictionary<string, double> Organs, double Gate) Dsc(Precision precision)
        {
            using var model = LoadedModel.Load(folder, precision);
            var report = Evaluator.Evaluate(model, data, split, null, CancellationToken.None);
            Assert.Equal(precision, report.Precision);
            return (
                report.Organs?.ToDictionary(o => o.Key, o => o.Value.DscMean!.Value) ?? new() { ["lesion"] = report.Pooled!.Dsc },
                model.Manifest.PrecisionGate.MaxDscDifference);
        }
    }
}
