using System.Text.Json;
using VMUNet.Imaging.Statistics;
using VMUNet.Testing;

namespace VMUNet.Imaging.Tests.Statistics;

public sealed class PairedStatisticsTests
{
    private static readonly JsonElement Golden
        = JsonDocument.Parse(File.ReadAllText(Path.Combine(RepoPaths.Goldens, "statistics", "stats.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetProperty("paired").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Bounds_and_tests_equal_the_golden(int index)
    {
        var golden = Golden.GetProperty("paired")[index];
        var d = ImagingGoldens.Reals(golden.GetProperty("d"));
        var margin = golden.GetProperty("noninferiority_margin").GetDouble();

        var bound = PairedStatistics.Bound(d, seed: 1)!;
        var test = PairedStatistics.Wilcoxon(d);
        var shifted = PairedStatistics.Wilcoxon(d, margin);

        Near("mean", bound.Mean, 1e-9);
        Near("sd", bound.StandardDeviation, 1e-9);
        Near("t_lower_one_sided_0.025", bound.TLower, 1e-9);
        Near("wilcoxon_w_plus_zeros_dropped", test.WPlus, 1e-9);
        Near("wilcoxon_greater_p_normal_no_correction", test.PNormal, 1e-7);
        Near("wilcoxon_shifted_p_normal_no_correction", shifted.PNormal, 1e-7);
        Near("hodges_lehmann", PairedStatistics.HodgesLehmann(d), 1e-9);
        Near("clopper_pearson_upper_0.95_of_that_rate",
            PairedStatistics.ClopperPearsonUpper(golden.GetProperty("count_below_-0.05").GetInt32(), d.Length), 1e-9);
        if (golden.GetProperty("wilcoxon_shifted_p_exact").ValueKind == JsonValueKind.Null)
        {
            Assert.Null(shifted.PExact);
        }
        else
        {
            Near("wilcoxon_shifted_p_exact", shifted.PExact!.Value, 1e-9);
        }

        void Near(string name, double actual, double tolerance)
        {
            var expected = golden.GetProperty(name).GetDouble();
            Assert.True(Math.Abs(actual - expected) <= tolerance, $"{name}: {actual:R} instead of {expected:R}");
        }
    }

    [Fact]
    public void Drift_measures_equal_the_golden()
    {
        var golden = Golden.GetProperty("psi");
        long[] reference = [.. ImagingGoldens.Numbers(golden.GetProperty("reference_counts")).Select(count => (long)count)];
        long[] window = [.. ImagingGoldens.Numbers(golden.GetProperty("window_counts")).Select(count => (long)count)];

        Assert.Equal(golden.GetProperty("psi").GetDouble(), DriftStatistics.PopulationStabilityIndex(reference, window), 9);
        Assert.Equal(golden.GetProperty("js_divergence_nats").GetDouble(), DriftStatistics.JensenShannon(reference, window), 9);
    }

    [Fact]
    public void The_bootstrap_bound_repeats_with_its_seed_and_lies_near_the_t_bound()
    {
        var d = ImagingGoldens.Reals(Golden.GetProperty("paired")[3].GetProperty("d"));

        var first = PairedStatistics.Bound(d, seed: 42)!;

        Assert.Equal(first, PairedStatistics.Bound(d, seed: 42));
        Assert.NotEqual(first.BootstrapLower, PairedStatistics.Bound(d, seed: 43)!.BootstrapLower);
        Assert.InRange(first.BootstrapLower - first.TLower, -0.0015, 0.0015);
        Assert.True(first.Lower <= first.TLower && first.Lower <= first.BootstrapLower);
    }

    [Fact]
    public void The_bootstrap_bound_feels_a_disaster_in_the_lower_tail()
    {
        double[] d = [.. Enumerable.Repeat(0.005, 47), -0.4, -0.5, -0.3];

        var bound = PairedStatistics.Bound(d, seed: 7)!;

        // Skewed to the left: BCa reaches further down than the symmetric t bound.
        Assert.True(bound.BootstrapLower < bound.TLower);
    }

    [Fact]
    public void A_bound_at_exactly_the_margin_is_broken_about_one_time_in_forty()
    {
        // 2000 studies of 30 patients, true mean 0: how often does the t bound lie above 0 although nothing is better?
        var random = new Random(5);
        var broken = 0;
        for (var study = 0; study < 2000; study++)
        {
            double[] d = [.. Enumerable.Range(0, 30).Select(_ => random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)];
            broken += PairedStatistics.TLowerBound(d) > 0 ? 1 : 0;
        }

        Assert.InRange(broken / 2000.0, 0.012, 0.04);
    }

    [Fact]
    public void Equal_differences_have_a_bound_at_their_value_and_one_patient_has_none()
    {
        Assert.Equal(0.01, PairedStatistics.Bound([0.01, 0.01, 0.01], seed: 1)!.Lower, 12);
        Assert.Null(PairedStatistics.Bound([0.01], seed: 1));
        Assert.Equal(1, PairedStatistics.Wilcoxon([0, 0]).P);
    }

    [Fact]
    public void A_patients_several_images_count_once()
        => Assert.Equal([0.2, 0.5], PairedStatistics.ByPatient([("b", 0.5), ("a", 0.1), ("a", 0.3)]));
}
