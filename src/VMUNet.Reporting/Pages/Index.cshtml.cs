using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>The list of studies.</summary>
internal sealed class IndexModel(PacsQueries queries, IOptions<ReportingOptions> options) : PageModel
{
    public int Limit => options.Value.ListLength;

    public IReadOnlyList<StudySummary> Studies { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct) =>
        Studies = await queries.StudiesAsync(Limit, 0, ct);
}
