using System.Globalization;
using System.Net;
using System.Text;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host;

/// <summary>The report of an acceptance run as one HTML page without script, with its pictures inside.</summary>
internal static class AcceptancePage
{
    private const string Style = """
        :root { color-scheme: light; } * { box-sizing: border-box; }
        body { font: 14px/1.45 system-ui, "DejaVu Sans", sans-serif; color: #1b1f24; background: #fff; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin: 0 0 .2rem; } h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem; border-bottom: 1px solid #d0d7de; padding-bottom: .2rem; }
        .warn { background: #fff4d6; border: 1px solid #e0b84c; padding: .35rem .6rem; font-weight: 600; display: inline-block; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .28rem .6rem .28rem 0; border-bottom: 1px solid #e6eaee; vertical-align: top; }
        th { font-weight: 600; color: #57606a; white-space: nowrap; } td.w { white-space: nowrap; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .8rem 0; } dt { color: #57606a; } dd { margin: 0; overflow-wrap: anywhere; }
        .cases { display: grid; grid-template-columns: repeat(4, 1fr); gap: .7rem; } figure { margin: 0; } figure img { width: 100%; display: block; background: #000; }
        figcaption { font-size: .8rem; overflow-wrap: anywhere; } .key span { display: inline-block; margin-right: 1rem; } .key i { display: inline-block; width: .8em; height: .8em; margin-right: .35em; }
        .bar { position: relative; height: 1.1em; background: #eef1f4; min-width: 10rem; } .bar b { position: absolute; top: .3em; height: .5em; background: #8fb4e3; } .bar s { position: absolute; top: 0; width: 2px; height: 100%; background: #16498f; }
        p.small { color: #57606a; font-size: .85rem; } @media print { body { margin: 0; max-width: none; } h2, figure, tr { break-inside: avoid; } }
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="at">When.</param>
    public static string Write(AcceptanceReport report, DateTimeOffset at)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">")
            .Append(CultureInfo.InvariantCulture, $"<title>Acceptance of {Text(report.Model.Name)}</title><style>{Style}</style></head><body>\n");
        Head(page, report, at);
        if (report.Evaluation.Organs is { } organs)
        {
            Organs(page, report, organs);
        }
        else
        {
            Pictures(page, report);
        }

        Worst(page, report);
        Excluded(page, report);
        Reading(page, report);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Head(StringBuilder page, AcceptanceReport report, DateTimeOffset at)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h1>Acceptance report: {Text(report.Model.Name)}</h1>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"warn\">{Overlay.Warning}</p>\n<dl>");
        Row("Written", at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        Row("Cases", $"{report.Evaluation.Cases} used of {report.Given} in {report.Data}; {report.Excluded.Count} excluded");
        Row("Patients", $"{report.Evaluation.PerCase.Select(c => c.Patient).Distinct().Count()}");
        Row("Model", $"{report.Model.Name}, version {report.Model.Version}, task {report.Model.Task}");
        Row("Weights SHA-256", report.Model.WeightsSha256);
        Row("Cases SHA-256", report.ManifestSha256);
        Row("Computed", $"{report.Evaluation.Precision}, convention {report.Evaluation.Convention}, software {SegOrigin.SoftwareVersion}");
        page.Append("</dl>\n");

        void Row(string name, string value) =>
            page.Append(CultureInfo.InvariantCulture, $"<dt>{Text(name)}</dt><dd>{Text(value)}</dd>");
    }

    private static void Organs(StringBuilder page, AcceptanceReport report, IReadOnlyDictionary<string, OrganFigures> organs)
    {
        page.Append("<h2>Organs</h2>\n<table><tr><th>organ</th><th class=\"n\">DSC mean</th><th>95 % interval</th><th>0 to 1</th>")
            .Append("<th class=\"n\">HD95 mm</th><th class=\"n\">NSD</th><th class=\"n\">cases</th><th class=\"n\">missed</th><th class=\"n\">invented</th><th>below 0.5</th></tr>\n");
        foreach (var (name, o) in organs)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"w\">{Text(name)}</td><td class=\"n\">{Figure.Share(o.DscMean)}</td><td class=\"w\">{Interval(o.DscCi95)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td>{Bar(o.DscMean, o.DscCi95)}</td><td class=\"n\">{Figure.Length(o.Hd95MmMean)}</td><td class=\"n\">{Figure.Share(o.NsdMean)}</td>")
                .Append(CultureInfo.InvariantCulture, $"<td class=\"n\">{o.N}</td><td class=\"n\">{o.Missed}</td><td class=\"n\">{o.Invented}</td><td class=\"w\">{Failure(report.Failures[name])}</td></tr>\n");
        }

        var mean = report.Evaluation.Mean!;
        page.Append(CultureInfo.InvariantCulture, $"<tr><td><strong>mean</strong></td><td class=\"n\"><strong>{Figure.Share(mean.Dsc)}</strong></td><td class=\"w\">{Interval(mean.DscCi95)}</td>")
            .Append(CultureInfo.InvariantCulture, $"<td>{Bar(mean.Dsc, mean.DscCi95)}</td><td class=\"n\">{Figure.Length(mean.Hd95Mm)}</td><td class=\"n\">{Figure.Share(mean.Nsd)}</td><td></td><td></td><td></td><td></td></tr></table>\n");
        page.Append("<p class=\"small\">A missed or invented organ counts as DSC 0 and NSD 0. It has no HD95, so it is not in that mean; ")
            .Append(CultureInfo.InvariantCulture, $"counted as the diagonal of its image, the mean HD95 is {Figure.Length(mean.Hd95MmPenalised)} mm.</p>\n");
    }

    private static void Pictures(StringBuilder page, AcceptanceReport report)
    {
        var (pooled, image) = (report.Evaluation.Pooled!, report.Evaluation.PerImage!);
        page.Append("<h2>Photographs</h2>\n<table><tr><th>figure</th><th class=\"n\">DSC</th><th>95 % interval</th><th>0 to 1</th></tr>\n");
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>mean of the photographs</td><td class=\"n\">{Figure.Share(image.DscMean)}</td><td>{Interval(image.DscCi95)}</td><td>{Bar(image.DscMean, image.DscCi95)}</td></tr>\n");
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>median</td><td class=\"n\">{Figure.Share(image.DscMedian)}</td><td>{Interval(image.Metrics?.GetValueOrDefault("dsc")?.MedianCi95)}</td><td></td></tr>\n");
        page.Append(CultureInfo.InvariantCulture, $"<tr><td>all pixels together</td><td class=\"n\">{Figure.Share(pooled.Dsc)}</td><td>{Interval(pooled.DscCi95)}</td><td>{Bar(pooled.Dsc, pooled.DscCi95)}</td></tr></table>\n");
        page.Append(CultureInfo.InvariantCulture, $"<p>Below 0.5: {Failure(report.Failures.Values.First())}. Accuracy {Figure.Share(pooled.Acc)}, specificity {Figure.Share(pooled.Spe)}, sensitivity {Figure.Share(pooled.Sen)}.</p>\n");
    }

    private static void Worst(StringBuilder page, AcceptanceReport report)
    {
        page.Append("<h2>Worst cases</h2>\n<p class=\"key\">");
        foreach (var entry in WorstCases.Legend)
        {
            page.Append(CultureInfo.InvariantCulture, $"<span><i style=\"background: rgb({entry.Colour.R}, {entry.Colour.G}, {entry.Colour.B})\"></i>{Text(entry.Name)}</span>");
        }

        page.Append("</p>\n<div class=\"cases\">");
        foreach (var one in report.Worst)
        {
            var picture = Overlay.Burn(one.Tile.Image, one.Tile.Labels, WorstCases.Legend);
            page.Append(CultureInfo.InvariantCulture, $"<figure><img alt=\"{Text(one.Name)}\" src=\"data:image/png;base64,{Convert.ToBase64String(PictureFile.EncodePng(picture))}\">")
                .Append(CultureInfo.InvariantCulture, $"<figcaption>{Text(one.Name)}: DSC {Figure.Share(one.Dsc)}{(one.Note is null ? "" : "<br>" + Text(one.Note))}</figcaption></figure>\n");
        }

        page.Append("</div>\n");
    }

    private static void Excluded(StringBuilder page, AcceptanceReport report)
    {
        page.Append("<h2>Excluded cases</h2>\n");
        if (report.Excluded.Count == 0)
        {
            page.Append("<p>None: every case in the folder was used.</p>\n");
        }
        else
        {
            page.Append("<table><tr><th>case</th><th>finding</th><th>why</th></tr>\n");
            foreach (var one in report.Excluded)
            {
                page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Text(one.Case)}</td><td>{Text(one.Kind)}</td><td>{Text(one.Reason)}</td></tr>\n");
            }

            page.Append("</table>\n");
        }

        foreach (var warning in report.Warnings)
        {
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"small\">Used, but look at it ({Text(warning.Kind)}): {Text(warning.Message)}</p>\n");
        }
    }

    private static void Reading(StringBuilder page, AcceptanceReport report)
    {
        page.Append("<h2>How to read this</h2>\n<p class=\"small\">Intervals are 95 % bootstrap intervals over the cases with these weights held fixed: ")
            .Append("they say how far the mean could move with other cases from the same source, nothing about cases unlike these. ")
            .Append("\"Below 0.5\" gives the count and the share that is not exceeded with 95 % confidence (Clopper-Pearson). ")
            .Append("All figures are on the images' own grid against the labels given; errors in those labels count against the model.");
        if (report.Evaluation.Cases < 30)
        {
            page.Append(CultureInfo.InvariantCulture, $" <strong>{report.Evaluation.Cases} cases are few: 30 are the least for a verdict.</strong>");
        }

        if (report.Evaluation.Reliability is { } reliability)
        {
            page.Append(CultureInfo.InvariantCulture, $" Expected calibration error of the probabilities: {Figure.Share(reliability.ExpectedCalibrationError)}.");
        }

        page.Append("</p>\n");
    }

    private static string Failure(FailureShare share) => share.Upper95 is { } upper
        ? string.Create(CultureInfo.InvariantCulture, $"{share.Count} of {share.Of} (at most {100 * upper:0} %)")
        : "-";

    private static string Interval(double[]? interval) =>
        interval is null ? "" : $"{Figure.Share(interval[0])} to {Figure.Share(interval[1])}";

    private static string Bar(double? mean, double[]? interval)
    {
        if (mean is not { } at)
        {
            return "";
        }

        var (low, high) = interval is null ? (at, at) : (interval[0], interval[1]);
        return string.Create(CultureInfo.InvariantCulture,
            $"<div class=\"bar\"><b style=\"left: {100 * low:0.0}%; width: {100 * (high - low):0.0}%\"></b><s style=\"left: {100 * at:0.0}%\"></s></div>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
