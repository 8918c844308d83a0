using System.Globalization;
using System.Text.Json;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Imaging;

namespace VMUNet.Reporting;

/// <summary>Values as the pages print them.</summary>
internal static class Show
{
    /// <summary>UTC, to the second.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A number, or a dash where it does not exist.</summary>
    public static string Number(double? value, string format, string unit = "") =>
        value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) + unit : "-";

    /// <summary>snake_case and kebab-case as words.</summary>
    public static string Words(string name) => name.Replace('_', ' ').Replace('-', ' ');

    /// <summary>A state as words.</summary>
    public static string Name(Enum state) => Words(JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()));

    /// <summary>The end of a UID, which tells two of one maker apart.</summary>
    public static string ShortUid(string uid) => uid.Length <= 16 ? uid : "…" + uid[^16..];

    /// <summary>A colour as HTML writes it.</summary>
    public static string Colour(Rgb colour) => $"#{colour.R:x2}{colour.G:x2}{colour.B:x2}";

    /// <summary>Page of a result.</summary>
    public static string LinkTo(StudyDetail study, SegmentationDetail result) => string.Create(
        CultureInfo.InvariantCulture, $"/studies/{study.Study.StudyInstanceUid}/results/{result.SegmentationId}");

    /// <summary>The organs' DSC against the newest correction; empty without one.</summary>
    public static string Score(SegmentationDetail result) => result.Corrections.Count == 0
        ? ""
        : "DSC " + string.Join(", ", result.Corrections[^1].Organs.Select(o => Number(o.Dsc, "0.000")));

    /// <summary>Why a series is where it is; null when there is nothing to say.</summary>
    public static string? Remark(SeriesSummary series)
    {
        var parts = new[] { series.Reason, series.Detail, series.Warning }.Where(t => !string.IsNullOrEmpty(t)).ToArray();
        return parts.Length == 0 ? null : string.Join(": ", parts);
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
        _ => "",
    };
}
