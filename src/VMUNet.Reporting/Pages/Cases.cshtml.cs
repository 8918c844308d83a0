using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>The curated pool: what waits for a curator, and what was decided.</summary>
internal sealed class CasesModel(ReviewQueue queue, IOptions<ReportingOptions> options) : PageModel
{
    public IReadOnlyList<CuratedDetail> Waiting { get; private set; } = [];

    public IReadOnlyList<CuratedDetail> Settled { get; private set; } = [];

    public IReadOnlyList<string> Objections { get; private set; } = [];

    [BindProperty]
    public Decision Decision { get; set; } = new();

    public async Task OnGetAsync(CancellationToken ct)
    {
        Waiting = await queue.WaitingAsync(options.Value.ListLength, ct);
        Settled = await queue.SettledAsync(options.Value.ListLength, ct);
    }

    public Task<IActionResult> OnPostAcceptAsync(long[] cases, CancellationToken ct) => DecideAsync(cases, isAccepted: true, ct);

    public Task<IActionResult> OnPostRejectAsync(long[] cases, CancellationToken ct) => DecideAsync(cases, isAccepted: false, ct);

    private async Task<IActionResult> DecideAsync(long[] cases, bool isAccepted, CancellationToken ct)
    {
        if (cases.Length == 0)
        {
            ModelState.AddModelError(nameof(cases), "Tick at least one case.");
        }

        Objections = this.Faults();
        if (Objections.Count == 0)
        {
            Objections = await queue.DecideAsync(cases, isAccepted, Decision, ct);
        }

        if (Objections.Count == 0)
        {
            return Redirect("/cases");
        }

        await OnGetAsync(ct);
        return this.Again();
    }
}
