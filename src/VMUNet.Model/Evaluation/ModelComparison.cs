using System.Text.Json;
using System.Text.Json.Serialization;
using VMUNet.Imaging;
using VMUNet.Imaging.Statistics;

namespace VMUNet.Model;

/// <summary>Two models on the same cases, case by case. Every difference is B minus A.</summary>
public sealed record ModelComparison
{
    /// <summary>HD95 that a missed or invented organ counts as, and the most that any counts as, millimetres (retraining.md section 5).</summary>
    public const double MostHd95Mm = 50;

    private const int Seed = 20170501;
    private const double FailureDsc = 0.5;
    private const string PictureLabel = "lesion";

    /// <summary>First model.</summary>
    public required ComparedModel A { get; init; }

    /// <summary>Second model.</summary>
    public required ComparedModel B { get; init; }

    /// <summary>Split.</summary>
    public required string Split { get; init; }

    /// <summary>Cases both were run on.</summary>
    public required int Cases { get; init; }

    /// <summary>Patients they belong to: differences are averaged within a patient, intervals are over patients.</summary>
    public required int Patients { get; init; }

    /// <summary>Each organ; one entry for a one-class picture task.</summary>
    public required IReadOnlyDictionary<string, OrganDifference> Organs { get; init; }

    /// <summary>Mean over each case's organs.</summary>
    public PairedDifference? Mean { get; init; }

    /// <summary>All pixels in one table (one-class pictures), with an interval over the pictures.</summary>
    public PairedDifference? Pooled { get; init; }

    /// <summary>Every case, the largest loss first.</summary>
    public required IReadOnlyList<CaseDifference> PerCase { get; init; }

    /// <summary>Compares two evaluations.</summary>
    /// <exception cref="BadInputException">They are not of the same cases or organs.</exception>
    public static ModelComparison Of(EvaluationReport a, EvaluationReport b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (!a.PerCase.Select(c => c.Name).SequenceEqual(b.PerCase.Select(c => c.Name)))
        {
            throw new BadInputException($"{a.Model} and {b.Model} were evaluated on different cases.");
        }

        var pairs = a.PerCase.Zip(b.PerCase).Select(p => (A: p.First, B: p.Second)).ToList();
        var names = NamesOf(a);
        if (!names.SequenceEqual(NamesOf(b)))
        {
            throw new BadInputException(
                $"{a.Model} finds {string.Join(", ", names)}, {b.Model} {string.Join(", ", NamesOf(b))}; compare models of one task.");
        }

        var organs = names.ToDictionary(n => n, n => Organ([.. pairs.Select(p => (p.A, Of(p.A, n), Of(p.B, n)))]));
        var cases = pairs.Select(p => new CaseDifference(p.A.Name, p.A.Patient, MeanOf(p.A, names), MeanOf(p.B, names)))
            .OrderBy(c => c.Difference ?? double.PositiveInfinity).ThenBy(c => c.Name, StringComparer.Ordinal).ToList();
        return new ModelComparison
        {
            A = new ComparedModel(a.Model, a.WeightsSha256),
            B = new ComparedModel(b.Model, b.WeightsSha256),
            Split = a.Split,
            Cases = pairs.Count,
            Patients = a.PerCase.Select(c => c.Patient).Distinct().Count(),
            Organs = organs,
            Mean = a.Organs is null ? null : Paired([.. cases.Where(c => c.Difference is not null).Select(c => (c.Patient, c.A!.Value, c.B!.Value))]),
            Pooled = a.Pooled is null ? null : PooledOf(pairs),
            PerCase = cases,
        };
    }

    /// <summary>The document of the command line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);

    private static string[] NamesOf(EvaluationReport report) => report.Organs is null ? [PictureLabel] : [.. report.Organs.Keys];

    private static CaseOrgan Of(CaseFigures one, string organ) =>
        one.Organs is null
            ? new CaseOrgan { Status = one.Dsc is null ? "both_empty" : "scored", Dsc = one.Dsc }
            : one.Organs[organ];

    private static double? MeanOf(CaseFigures one, string[] names)
    {
        var values = names.Select(n => Of(one, n).Dsc).OfType<double>().ToList();
        return values.Count == 0 ? null : values.Average();
    }

    // An organ that neither image nor either model shows says nothing. Where one model invents it, the other has rightly found
    // nothing: that counts as 1 against 0.
    private static OrganDifference Organ((CaseFigures Case, CaseOrgan A, CaseOrgan B)[] all)
    {
        var pairs = all.Where(p => p.A.Dsc is not null || p.B.Dsc is not null).ToArray();
        var dsc = pairs.Select(p => (p.Case.Patient, p.A.Dsc ?? 1, p.B.Dsc ?? 1)).ToArray();
        var distances = pairs.Where(p => HasDistance(p.A) && HasDistance(p.B))
            .Select(p => (p.Case.Patient, Hd95(p.A), Hd95(p.B))).ToArray();
        var byPatient = PairedStatistics.ByPatient(dsc.Select(d => (d.Patient, d.Item3 - d.Item2)));
        return new OrganDifference
        {
            N = pairs.Length,
            Dsc = Paired(dsc),
            Hd95Mm = distances.Length == 0 ? null : Paired(distances),
            WilcoxonP = byPatient.Count < 2 ? null : PairedStatistics.Wilcoxon(byPatient).P,
            NewlyFailed = dsc.Count(d => d.Item3 < FailureDsc && d.Item2 >= FailureDsc),
            Repaired = dsc.Count(d => d.Item3 >= FailureDsc && d.Item2 < FailureDsc),
        };

        static bool HasDistance(CaseOrgan organ) => organ.Hd95Mm is not null || organ.Status is "prediction_empty" or "reference_empty";
        static double Hd95(CaseOrgan organ) => Math.Min(MostHd95Mm, organ.Hd95Mm ?? MostHd95Mm);
    }

    private static PairedDifference? Paired((string Patient, double A, double B)[] values)
    {
        if (values.Length == 0)
        {
            return null;
        }

        var a = PairedStatistics.ByPatient(values.Select(v => (v.Patient, v.A)));
        var b = PairedStatistics.ByPatient(values.Select(v => (v.Patient, v.B)));
        double[] differences = [.. a.Zip(b, (x, y) => y - x)];
        double[]? interval = null;
        if (differences.Length > 1)
        {
            var (low, high) = PairedStatistics.BootstrapInterval(differences, Seed);
            interval = [low, high];
        }

        return new PairedDifference(a.Average(), b.Average(), differences.Average(), interval);
    }

    private static PairedDifference PooledOf(List<(CaseFigures A, CaseFigures B)> pairs)
    {
        double Dsc(IEnumerable<PixelCounts> counts)
        {
            var (overlap, sum) = counts.Aggregate((Overlap: 0L, Sum: 0L), (s, c) => (s.Overlap + 2 * c.Tp, s.Sum + 2 * c.Tp + c.Fp + c.Fn));
            return sum == 0 ? 0 : (double)overlap / sum;
        }

        var (a, b) = (Dsc(pairs.Select(p => p.A.Pixels!)), Dsc(pairs.Select(p => p.B.Pixels!)));
        return new PairedDifference(a, b, b - a, Bootstrap.Interval95(
            pairs.Count, draw => Dsc(draw.Select(i => pairs[i].B.Pixels!)) - Dsc(draw.Select(i => pairs[i].A.Pixels!))));
    }
}

/// <summary>A model that was compared.</summary>
/// <param name="Model">Name.</param>
/// <param name="WeightsSha256">Hash of its weights.</param>
public sealed record ComparedModel(string Model, [property: JsonPropertyName("weights_sha256")] string WeightsSha256);

/// <summary>Paired values of two models.</summary>
/// <param name="A">Mean of the first.</param>
/// <param name="B">Mean of the second.</param>
/// <param name="Difference">Mean of B minus A.</param>
/// <param name="Ci95">95 % bootstrap interval of the difference; null for fewer than two patients.</param>
public sealed record PairedDifference(double A, double B, double Difference, [property: JsonPropertyName("ci95")] double[]? Ci95);

/// <summary>One organ in two models.</summary>
public sealed record OrganDifference
{
    /// <summary>Cases that show the organ or in which a model predicted it.</summary>
    public required int N { get; init; }

    /// <summary>DSC; a missed or invented organ counts 0, one rightly not found beside an invented one counts 1.</summary>
    public PairedDifference? Dsc { get; init; }

    /// <summary>HD95 in millimetres, at most <see cref="ModelComparison.MostHd95Mm"/>; below zero is better. Null without millimetres.</summary>
    [JsonPropertyName("hd95_mm")]
    public PairedDifference? Hd95Mm { get; init; }

    /// <summary>One-sided Wilcoxon signed-rank test that B is better, patients as units; null for fewer than two.</summary>
    public double? WilcoxonP { get; init; }

    /// <summary>Cases below 0.5 with B that were not with A.</summary>
    public required int NewlyFailed { get; init; }

    /// <summary>Cases below 0.5 with A that are not with B.</summary>
    public required int Repaired { get; init; }
}

/// <summary>One case in two models.</summary>
/// <param name="Name">Name.</param>
/// <param name="Patient">Patient key.</param>
/// <param name="A">Mean DSC of the first; null when all organs are empty in prediction and reference.</param>
/// <param name="B">Mean DSC of the second.</param>
public sealed record CaseDifference(string Name, string Patient, double? A, double? B)
{
    /// <summary>B minus A.</summary>
    public double? Difference => B - A;
}
