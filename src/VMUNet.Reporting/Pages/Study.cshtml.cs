using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>One study: its series, their results, and everything that happened to them.</summary>
internal sealed class StudyModel(PacsQueries queries) : PageModel
{
    public StudyDetail? Detail { get; private set; }

    public async Task<IActionResult> OnGetAsync(string uid, CancellationToken ct)
    {
        Detail = await queries.StudyAsync(uid, ct);
        return Detail is null ? NotFound() : Page();
    }

    /// <summary>Which series of several an entry is about.</summary>
    public string NameOf(long? seriesId)
    {
        var series = Detail!.Study.Series.FirstOrDefault(s => s.SeriesId == seriesId);
        return series is null || Detail.Study.Series.Count == 1 ? "" : $", {series.Modality} series";
    }
}
