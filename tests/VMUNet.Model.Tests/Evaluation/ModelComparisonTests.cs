using VMUNet.Imaging;

namespace VMUNet.Model.Tests.Evaluation;

public sealed class ModelComparisonTests
{
    [Fact]
    public void Differences_are_paired_and_averaged_within_a_patient()
    {
        var a = Report("a", [("c1", "p", Organ(0.8, 10)), ("c2", "p", Organ(0.6, 20)), ("c3", "q", Organ(0.4, 30))]);
        var b = Report("b", [("c1", "p", Organ(0.9, 8)), ("c2", "p", Organ(0.8, 10)), ("c3", "q", Organ(0.6, 25))]);

        var compared = ModelComparison.Of(a, b);

        var liver = compared.Organs["liver"];
        Assert.Equal((3, 2), (compared.Cases, compared.Patients));
        Assert.Equal((0.15 + 0.2) / 2, liver.Dsc!.Difference, 12);
        Assert.Equal(((-2 - 10) / 2.0 - 5) / 2, liver.Hd95Mm!.Difference, 12);
        Assert.InRange(liver.Dsc.Ci95![0], 0.15, liver.Dsc.Difference);
        Assert.Equal((0, 1), (liver.NewlyFailed, liver.Repaired));
        Assert.Equal("c1", compared.PerCase[0].Name);
        Assert.True(ModelComparison.Of(b, a).Organs["liver"].Dsc!.Difference < 0);
    }

    [Fact]
    public void Missed_and_invented_organs_weigh_in_and_absent_ones_do_not()
    {
        var nothing = new CaseOrgan { Status = "both_empty" };
        var invented = new CaseOrgan { Status = "reference_empty", Dsc = 0 };
        var missed = new CaseOrgan { Status = "prediction_empty", Dsc = 0 };
        var a = Report("a", [("c1", "p", invented), ("c2", "q", missed), ("c3", "r", nothing)]);
        var b = Report("b", [("c1", "p", nothing), ("c2", "q", Organ(0.9, 5)), ("c3", "r", nothing)]);

        var liver = ModelComparison.Of(a, b).Organs["liver"];

        Assert.Equal(2, liver.N);
        Assert.Equal((1 + 0.9) / 2, liver.Dsc!.Difference, 12);
        Assert.Equal(5 - 50, liver.Hd95Mm!.Difference, 12);
    }

    [Fact]
    public void Photographs_compare_pooled_and_by_picture()
    {
        EvaluationReport Pictures(string name, params PixelCounts[] counts) => Report(name, []) with
        {
            Organs = null,
            Pooled = new PooledFigures { Dsc = 0, Iou = 0, Acc = 0, Spe = 0, Sen = 0 },
            PerCase =
            [
                .. counts.Select((c, i) => new CaseFigures
                {
                    Name = $"c{i}", Patient = $"p{i}", Pixels = c, Dsc = 2.0 * c.Tp / (2 * c.Tp + c.Fp + c.Fn),
                }),
            ],
        };

        var compared = ModelComparison.Of(
            Pictures("a", new(10, 10, 0, 80), new(50, 0, 0, 50)), Pictures("b", new(10, 0, 0, 90), new(50, 0, 0, 50)));

        Assert.Equal(120.0 / 120 - 120.0 / 130, compared.Pooled!.Difference, 12);
        Assert.Equal((1 - 20.0 / 30) / 2, compared.Organs["lesion"].Dsc!.Difference, 12);
        Assert.Null(compared.Organs["lesion"].Hd95Mm);
        Assert.Null(compared.Mean);
    }

    [Fact]
    public void Other_cases_or_other_organs_are_refused()
    {
        var a = Report("a", [("c1", "p", Organ(0.8, 10))]);

        Assert.Throws<BadInputException>(() => ModelComparison.Of(a, Report("b", [("c2", "p", Organ(0.8, 10))])));
        Assert.Throws<BadInputException>(() => ModelComparison.Of(
            a, a with { Organs = new Dictionary<string, OrganFigures> { ["spleen"] = a.Organs!["liver"] } }));
    }

    private static CaseOrgan Organ(double dsc, double hd95) => new() { Status = "scored", Dsc = dsc, Hd95Mm = hd95 };

    private static EvaluationReport Report(string name, (string Case, string Patient, CaseOrgan Liver)[] cases) => new()
    {
        Model = name,
        WeightsSha256 = name,
        Precision = Precision.Fp32,
        Split = "all",
        Cases = cases.Length,
        Organs = new Dictionary<string, OrganFigures> { ["liver"] = new OrganFigures { N = 0, Missed = 0, Invented = 0 } },
        PerCase =
        [
            .. cases.Select(c => new CaseFigures
            {
                Name = c.Case, Patient = c.Patient, Organs = new Dictionary<string, CaseOrgan> { ["liver"] = c.Liver },
            }),
        ],
    };
}
