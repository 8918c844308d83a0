using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;

namespace VMUNet.Reporting.Pages;

/// <summary>One study: its series, their results, and everything that happened to them.</summary>
internal sealed class StudyModel(PacsQueries queries, JobLedger ledger) : PageModel
{
    public StudyDetail? Detail { get; private set; }

    public IReadOnlyList<string> Objections { get; private set; } = [];

    [BindProperty]
    public Decision Decision { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(string uid, CancellationToken ct)
    {
        Detail = await queries.StudyAsync(uid, ct);
        return Detail is null ? this.Missing($"No study {uid} has arrived here.") : Page();
    }

    /// <summary>A person asks for another attempt at a refused or failed series.</summary>
    public async Task<IActionResult> OnPostReopenAsync(string uid, long series, CancellationToken ct)
    {
        Detail = await queries.StudyAsync(uid, ct);
        if (Detail is null || Detail.Study.Series.All(s => s.SeriesId != series))
        {
            return this.Missing($"Study {uid} has no such series.");
        }

        Objections = this.Faults();
        if (Objections.Count == 0)
        {
            try
            {
                await ledger.ReopenAsync(series, Decision.Person.Trim(), ct);
                return Redirect($"/studies/{uid}");
            }
            catch (IllegalMoveException illegal)
            {
                Objections = [illegal.Message];
            }
        }

        return this.Again();
    }

    /// <summary>Whether another attempt may be asked for.</summary>
    public static bool CanReopen(SeriesSummary series) => SeriesStates.Next(series.State, SeriesEvent.Reopen) is not null;
}
