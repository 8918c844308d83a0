using VMUNet.Imaging;
using VMUNet.Imaging.Statistics;

namespace VMUNet.Model;

/// <summary>
/// A site's own labelled cases before a model goes live: what cannot be used is left out with its reason, all else is evaluated.
/// </summary>
public static class Acceptance
{
    private const double FailureDsc = 0.5;
    private const int ShownCases = 8;

    /// <summary>Checks and evaluates.</summary>
    /// <param name="folder">Labelled cases in one of the layouts; splits are not looked at.</param>
    /// <param name="model">The model to accept or not.</param>
    /// <param name="dicom">Reader of DICOM pairs; may be null.</param>
    /// <param name="progress">Called with (done, all) after each case; may be null.</param>
    /// <param name="cancellationToken">Looked at between cases.</param>
    /// <exception cref="BadInputException">The folder is no data set of the model's kind, or no case can be used.</exception>
    public static AcceptanceReport Run(
        string folder, LoadedModel model, DicomCaseReader? dicom, Action<int, int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        var check = DataCheck.Run(folder, model.Manifest.Task, dicom, null, null, cancellationToken);
        var excluded = Excluded(check);
        var names = excluded.Select(e => e.Case).ToHashSet(StringComparer.Ordinal);
        DataCase[] cases = [.. DataListing.Read(folder, dicom).Cases.Where(c => !names.Contains(c.Name))];
        if (cases.Length == 0)
        {
            throw new BadInputException(
                $"{folder} holds no case that can be used: {string.Join(" ", excluded.Take(3).Select(e => e.Reason))}");
        }

        var worst = new WorstCases(ShownCases);
        var report = Evaluator.Evaluate(
            model, cases, DataSet.AllCases, new EvaluationOptions { Worst = worst, WithReliability = true }, progress, cancellationToken);
        return new AcceptanceReport
        {
            Model = model.Manifest,
            Data = check.Data,
            ManifestSha256 = DataSet.ManifestOf(cases.Select(c => (c, DataSet.AllCases))),
            Given = check.Cases + check.Findings.Where(f => f.Kind == "missing_label").SelectMany(f => f.Cases).Distinct().Count(),
            Excluded = excluded,
            Warnings = [.. check.Findings.Where(f => f.Severity == FindingSeverity.Warning && f.Kind is not ("in_no_split" or "duplicate_pixels"))],
            Evaluation = report,
            Failures = Failures(report),
            Worst = worst.Cases,
        };
    }

    // The same pixels twice count once, whatever their names; splits have no meaning here.
    private static List<ExcludedCase> Excluded(DataCheckReport check)
    {
        var excluded = new List<ExcludedCase>();
        foreach (var finding in check.Findings)
        {
            IEnumerable<string> cases = finding.Kind switch
            {
                "duplicate_pixels" => finding.Cases.Skip(1),
                "missing_label" or "mismatched_size" or "label_out_of_range" or "unreadable" or "name_twice" => finding.Cases,
                _ => [],
            };
            excluded.AddRange(cases.Where(c => excluded.All(e => e.Case != c)).Select(c => new ExcludedCase(c, finding.Kind, finding.Message)));
        }

        return [.. excluded.OrderBy(e => e.Case, StringComparer.Ordinal)];
    }

    private static Dictionary<string, FailureShare> Failures(EvaluationReport report)
    {
        FailureShare Share(IEnumerable<double?> dsc)
        {
            var values = dsc.OfType<double>().ToList();
            var count = values.Count(v => v < FailureDsc);
            return new FailureShare(count, values.Count, values.Count == 0 ? null : PairedStatistics.ClopperPearsonUpper(count, values.Count));
        }

        return report.Organs is null
            ? new() { ["lesion"] = Share(report.PerCase.Select(c => c.Dsc)) }
            : report.Organs.Keys.ToDictionary(o => o, o => Share(report.PerCase.Select(c => c.Organs![o].Dsc)));
    }
}

/// <summary>What an acceptance run found.</summary>
public sealed record AcceptanceReport
{
    /// <summary>The model.</summary>
    public required ModelManifest Model { get; init; }

    /// <summary>Name of the folder of cases.</summary>
    public required string Data { get; init; }

    /// <summary>Hash over the files of the cases used.</summary>
    public required string ManifestSha256 { get; init; }

    /// <summary>Cases found in the folder.</summary>
    public required int Given { get; init; }

    /// <summary>Cases left out, and why.</summary>
    public required IReadOnlyList<ExcludedCase> Excluded { get; init; }

    /// <summary>What else was noticed about the data.</summary>
    public required IReadOnlyList<DataFinding> Warnings { get; init; }

    /// <summary>Figures of the cases used.</summary>
    public required EvaluationReport Evaluation { get; init; }

    /// <summary>Share of cases below a DSC of 0.5, by organ.</summary>
    public required IReadOnlyDictionary<string, FailureShare> Failures { get; init; }

    /// <summary>The worst cases as pictures.</summary>
    public required IReadOnlyList<WorstCase> Worst { get; init; }
}

/// <summary>A case that was left out.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Kind">Kind of the finding.</param>
/// <param name="Reason">One sentence.</param>
public sealed record ExcludedCase(string Case, string Kind, string Reason);

/// <summary>How many cases failed.</summary>
/// <param name="Count">Cases below 0.5.</param>
/// <param name="Of">Cases counted.</param>
/// <param name="Upper95">Upper 95 % bound of the share (Clopper-Pearson); null without cases.</param>
public sealed record FailureShare(int Count, int Of, [property: System.Text.Json.Serialization.JsonPropertyName("upper95")] double? Upper95);
