using Microsoft.AspNetCore.Mvc.RazorPages;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>Model versions with the evidence about each.</summary>
internal sealed class ModelsModel(PacsQueries queries) : PageModel
{
    public IReadOnlyList<ModelDetail> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct) => Rows = await queries.ModelsAsync(ct);
}
