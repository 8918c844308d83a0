using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using VMUNet.Data.Network;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>What waits for a person; callers and quarantined objects are settled here.</summary>
internal sealed class AttentionModel(
    PacsQueries queries, CallerBook callers, QuarantineDesk quarantine, IOptions<ReportingOptions> options) : PageModel
{
    public IReadOnlyList<AttentionItem> Rows { get; private set; } = [];

    public IReadOnlyList<string> Objections { get; private set; } = [];

    [BindProperty]
    public Decision Decision { get; set; } = new();

    public async Task OnGetAsync(CancellationToken ct) =>
        Rows = await queries.AttentionAsync(options.Value.ListLength, ct);

    public Task<IActionResult> OnPostAllowAsync(string key, CancellationToken ct) => DecideAsync(() => CallAsync(key, isAllowed: true, ct), ct);

    public Task<IActionResult> OnPostDenyAsync(string key, CancellationToken ct) => DecideAsync(() => CallAsync(key, isAllowed: false, ct), ct);

    public Task<IActionResult> OnPostSettleAsync(long key, CancellationToken ct) => DecideAsync(
        async () => await quarantine.SettleAsync(key, Decision.Person.Trim(), Decision.Why, ct)
            ? null
            : $"Quarantined object {key} was settled meanwhile.",
        ct);

    // Only what stands in the book as turned away: nobody is let in through a form that this page did not give out.
    private async Task<string?> CallAsync(string key, bool isAllowed, CancellationToken ct)
    {
        var row = (await callers.ListAsync(ct)).FirstOrDefault(
            c => c.State == CallerState.Rejected && $"{c.AeTitle}@{c.Binding}" == key);
        if (row is null)
        {
            return "This caller was decided on meanwhile, or has not called.";
        }

        await callers.DecideAsync(row.AeTitle, row.Binding, isAllowed, Decision.Person.Trim(), ct);
        return null;
    }

    private async Task<IActionResult> DecideAsync(Func<Task<string?>> decide, CancellationToken ct)
    {
        Objections = this.Faults();
        if (Objections.Count == 0)
        {
            if (await decide() is not { } objection)
            {
                return Redirect("/attention");
            }

            Objections = [objection];
        }

        await OnGetAsync(ct);
        return this.Again();
    }
}
