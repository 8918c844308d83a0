using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Imaging;

namespace VMUNet.Reporting.Pages;

/// <summary>One result: scores against corrections, organs, pictures with contours, where it went.</summary>
internal sealed class ResultModel(
    PacsQueries queries, DeliveryOutbox outbox, OverlayStore overlays, FindOrgans findOrgans) : PageModel
{
    private IReadOnlyList<OrganLabel> _organs = [];

    public StudyDetail? Study { get; private set; }

    public SeriesDetail? Series { get; private set; }

    public SegmentationDetail? Result { get; private set; }

    public ResultPictures? Pictures { get; private set; }

    public IReadOnlyList<string> Objections { get; private set; } = [];

    [BindProperty]
    public Decision Decision { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(string uid, long id, CancellationToken ct) =>
        await FindAsync(uid, id, ct) ? Page() : this.Missing($"Study {uid} has no result {id}.");

    /// <summary>A person has a delivery that was given up tried again.</summary>
    public async Task<IActionResult> OnPostDeliverAsync(string uid, long id, long delivery, CancellationToken ct)
    {
        if (!await FindAsync(uid, id, ct) || Result!.Deliveries.All(d => d.DeliveryId != delivery))
        {
            return this.Missing($"Result {id} of study {uid} has no such delivery.");
        }

        Objections = this.Faults();
        if (Objections.Count == 0)
        {
            if (await outbox.ReviveAsync(delivery, Decision.Person.Trim(), ct))
            {
                return Redirect(Show.LinkTo(uid, id));
            }

            Objections = ["The delivery is under way or done already."];
        }

        return this.Again();
    }

    /// <summary>Colour of an organ as the pictures show it; null when its task is unknown.</summary>
    public string? ColourOf(byte label) => _organs.FirstOrDefault(o => o.Value == label) is { } organ ? Show.Colour(organ.Colour) : null;

    private async Task<bool> FindAsync(string uid, long id, CancellationToken ct)
    {
        Study = await queries.StudyAsync(uid, ct);
        Series = Study?.Series.FirstOrDefault(s => s.Segmentations.Any(g => g.SegmentationId == id));
        if (Series is null)
        {
            return false;
        }

        Result = Series.Segmentations.First(g => g.SegmentationId == id);
        Pictures = await overlays.PicturesAsync(Series, Result, ct);
        _organs = findOrgans(Result.Task) ?? [];
        return true;
    }
}
