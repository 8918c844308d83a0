using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Html;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Imaging;

namespace VMUNet.Reporting;

/// <summary>Values as the pages print them.</summary>
internal static class Show
{
    private static readonly List<string> s_stages = ["receive", "queue", "read", "segment", "write", "deliver"];

    /// <summary>An instant, to the second; the zone is always written.</summary>
    public static IHtmlContent Time(DateTimeOffset at)
    {
        var utc = at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return new HtmlString($"<time datetime=\"{utc.Replace(' ', 'T')}Z\">{utc} UTC</time>");
    }

    /// <summary>A number as HTML, with its exact value for machines; a dash where it does not exist.</summary>
    public static IHtmlContent Figure(double? value, string format, string unit = "") => new HtmlString(value is { } number
        ? $"<data value=\"{number.ToString("R", CultureInfo.InvariantCulture)}\">{Number(value, format, unit)}</data>"
        : "<span title=\"does not exist\">–</span>");

    /// <summary>A number, or a dash where it does not exist.</summary>
    public static string Number(double? value, string format, string unit = "") =>
        value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) + unit : "–";

    /// <summary>A count with its noun: "1 instance", "2 instances".</summary>
    public static string Count(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>Those of the words that there are.</summary>
    public static string Join(string separator, params string?[] words) =>
        string.Join(separator, words.Where(w => !string.IsNullOrWhiteSpace(w)));

    /// <summary>What kind of series it is; DICOM allows an empty modality.</summary>
    public static string Kind(SeriesSummary series) => series.Modality.Length > 0 ? series.Modality : "unnamed";

    /// <summary>snake_case and kebab-case as words.</summary>
    public static string Words(string name) => name.Replace('_', ' ').Replace('-', ' ');

    /// <summary>A state as words.</summary>
    public static string Name(Enum state) => Words(JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()));

    /// <summary>An object of a result as words.</summary>
    public static string ObjectName(ResultKind kind) => kind == ResultKind.Seg ? "SEG" : Name(kind);

    /// <summary>The end of a UID, which tells two of one maker apart.</summary>
    public static string ShortUid(string uid) => uid.Length <= 16 ? uid : "…" + uid[^16..];

    /// <summary>A colour as HTML writes it.</summary>
    public static string Colour(Rgb colour) => $"#{colour.R:x2}{colour.G:x2}{colour.B:x2}";

    /// <summary>Page of a result.</summary>
    public static string LinkTo(string studyInstanceUid, long segmentationId) =>
        string.Create(CultureInfo.InvariantCulture, $"/studies/{studyInstanceUid}/results/{segmentationId}");

    /// <summary>Where a person deals with an item; null where only the message helps.</summary>
    public static string? LinkTo(AttentionItem item) => item.Kind switch
    {
        "case" => "/cases",
        "model" => "/models",
        _ => item.StudyInstanceUid is { } study ? $"/studies/{study}" : null,
    };

    /// <summary>Seconds of each stage, in the order in which they pass.</summary>
    public static string Seconds(IReadOnlyDictionary<string, double> stages) => string.Join(", ", stages
        .OrderBy(s => s_stages.IndexOf(s.Key) is var place and >= 0 ? place : s_stages.Count)
        .Select(s => $"{Words(s.Key)} {Number(s.Value, "0.00")}"));

    /// <summary>The organs' DSC against the newest correction; empty without one.</summary>
    public static string Score(SegmentationDetail result) => result.Corrections.Count == 0
        ? ""
        : "DSC " + string.Join(", ", result.Corrections[^1].Organs.Select(o => $"{Words(o.Organ)} {Number(o.Dsc, "0.000")}"));

    /// <summary>Why a series is where it is; null when there is nothing to say.</summary>
    public static string? Remark(SeriesSummary series)
    {
        var text = Join(": ", series.Reason is { } reason ? Words(reason) : null, series.Detail, series.Warning);
        return text.Length == 0 ? null : text;
    }

    /// <summary>Style of a state: good, busy, bad, or none.</summary>
    public static string Tone(Enum state) => state switch
    {
        SeriesState.Delivered or SeriesState.Verified or SeriesState.Admitted => "good",
        SeriesState.Refused or SeriesState.Failed => "bad",
        SeriesState.Recorded => "",
        SeriesState => "busy",
        DeliveryState.Delivered => "good",
        DeliveryState.Dead => "bad",
        DeliveryState => "busy",
        ModelState.Champion => "good",
        ModelState.Rejected => "bad",
        ModelState.Retired => "",
        ModelState => "busy",
        CaseState.Accepted => "good",
        CaseState.Rejected or CaseState.Quarantined => "bad",
        CaseState => "busy",
        QaStatus.Scored => "good",
        QaStatus.PredictionEmpty or QaStatus.ReferenceEmpty or QaStatus.NotComparable => "bad",
        _ => "",
    };
}
