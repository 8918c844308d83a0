using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>Model versions with the evidence about each.</summary>
internal sealed class ModelsModel(PacsQueries queries, ModelRegistry registry) : PageModel
{
    public IReadOnlyList<ModelDetail> Rows { get; private set; } = [];

    public IReadOnlyList<string> Objections { get; private set; } = [];

    [BindProperty]
    public Decision Decision { get; set; } = new();

    public async Task OnGetAsync(CancellationToken ct) => Rows = await queries.ModelsAsync(ct);

    public Task<IActionResult> OnPostApproveAsync(long id, CancellationToken ct) =>
        DecideAsync(() => registry.ApproveAsync(id, Decision.Person.Trim(), Decision.Why, ct), ct);

    public Task<IActionResult> OnPostRejectAsync(long id, CancellationToken ct) =>
        DecideAsync(() => registry.RejectAsync(id, Decision.Person.Trim(), Decision.Why, ct), ct);

    /// <summary>Whether a person may make it champion.</summary>
    public static bool CanApprove(ModelDetail model) => ModelStates.IsLegal(model.State, Data.Processing.ModelState.Champion);

    /// <summary>Whether a person may say no to it.</summary>
    public static bool CanReject(ModelDetail model) => ModelStates.IsLegal(model.State, Data.Processing.ModelState.Rejected);

    /// <summary>Whether it was champion before.</summary>
    public static bool IsRetired(ModelDetail model) => model.State == Data.Processing.ModelState.Retired;

    private async Task<IActionResult> DecideAsync(Func<Task> decide, CancellationToken ct)
    {
        Objections = this.Faults();
        if (Objections.Count == 0)
        {
            try
            {
                await decide();
                return Redirect("/models");
            }
            catch (IllegalModelMoveException illegal)
            {
                Objections = [illegal.Message];
            }
        }

        await OnGetAsync(ct);
        return this.Again();
    }
}
