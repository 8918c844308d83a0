using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>The curated pool.</summary>
internal sealed class CasesModel(PacsQueries queries, IOptions<ReportingOptions> options) : PageModel
{
    public IReadOnlyList<CuratedDetail> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct) => Rows = await queries.CuratedAsync(null, options.Value.ListLength, ct);
}
