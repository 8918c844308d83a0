using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using VMUNet.Data.Queries;
using VMUNet.Imaging;

namespace VMUNet.Reporting.Pages;

/// <summary>One result: pictures with contours, organs, scores against corrections, where it went.</summary>
internal sealed class ResultModel(PacsQueries queries, OverlayStore overlays, FindOrgans findOrgans) : PageModel
{
    public StudyDetail? Study { get; private set; }

    public SeriesDetail? Series { get; private set; }

    public SegmentationDetail? Result { get; private set; }

    public ResultPictures? Pictures { get; private set; }

    public IReadOnlyList<OrganLabel> Organs { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(string uid, long id, CancellationToken ct)
    {
        Study = await queries.StudyAsync(uid, ct);
        Series = Study?.Series.FirstOrDefault(s => s.Segmentations.Any(g => g.SegmentationId == id));
        if (Series is null)
        {
            return NotFound();
        }

        Result = Series.Segmentations.First(g => g.SegmentationId == id);
        Pictures = await overlays.PicturesAsync(Series, Result, ct);
        Organs = [.. (findOrgans(Result.Task) ?? []).Where(o => Result.Organs.Any(f => f.Label == o.Value))];
        return Page();
    }
}
