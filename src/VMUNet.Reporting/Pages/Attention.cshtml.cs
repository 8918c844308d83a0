using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting.Pages;

/// <summary>What waits for a person.</summary>
internal sealed class AttentionModel(PacsQueries queries, IOptions<ReportingOptions> options) : PageModel
{
    public IReadOnlyList<AttentionItem> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken ct) =>
        Rows = await queries.AttentionAsync(options.Value.ListLength, ct);
}
