using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting;

/// <summary>
/// Overlay pictures of results, drawn from the stored source files and the SEG that was sent, so that the page shows what
/// the archive got. The newest few results stay in memory.
/// </summary>
internal sealed class OverlayStore(
    PacsQueries queries, FindOrgans findOrgans, IOptions<PacsDataOptions> data, IOptions<ReportingOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Dictionary<long, ResultPictures> _drawn = [];
    private readonly Queue<long> _order = new();

    /// <summary>The pictures of a result.</summary>
    public async Task<ResultPictures> PicturesAsync(SeriesDetail series, SegmentationDetail result, CancellationToken ct)
    {
        await _oneAtATime.WaitAsync(ct);
        try
        {
            if (!_drawn.TryGetValue(result.SegmentationId, out var pictures))
            {
                pictures = await Task.Run(() => Draw(series, result, ct), ct);
                if (pictures.Problem is null)
                {
                    Keep(result.SegmentationId, pictures);
                }
            }

            return pictures;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>One picture as PNG; null when there is no such result or slice.</summary>
    public async Task<byte[]?> PictureAsync(string studyInstanceUid, long segmentationId, int slice, CancellationToken ct)
    {
        var study = await queries.StudyAsync(studyInstanceUid, ct);
        var series = study?.Series.FirstOrDefault(s => s.Segmentations.Any(g => g.SegmentationId == segmentationId));
        if (series is null)
        {
            return null;
        }

        var result = series.Segmentations.First(g => g.SegmentationId == segmentationId);
        return (await PicturesAsync(series, result, ct)).Pictures.FirstOrDefault(p => p.Slice == slice)?.Png;
    }

    public void Dispose() => _oneAtATime.Dispose();

    private void Keep(long segmentationId, ResultPictures pictures)
    {
        _drawn[segmentationId] = pictures;
        _order.Enqueue(segmentationId);
        while (_order.Count > options.Value.CachedResults)
        {
            _drawn.Remove(_order.Dequeue());
        }
    }

    private ResultPictures Draw(SeriesDetail series, SegmentationDetail result, CancellationToken ct)
    {
        if (result.Path is null)
        {
            return ResultPictures.None("Nothing was found, so there is nothing to draw.");
        }

        if (findOrgans(result.Task) is not { } organs)
        {
            return ResultPictures.None($"The task {result.Task} is not known to this version.");
        }

        var root = data.Value.DataFolder;
        var files = series.Files.Select(f => Path.Combine(root, f.Path)).ToList();
        var seg = Path.Combine(root, result.Path);
        if (!File.Exists(seg) || !files.TrueForAll(File.Exists))
        {
            return ResultPictures.None("The stored files of this result are no longer there, so it cannot be drawn.");
        }

        var named = organs.Select(o => o with { Name = Show.Words(o.Name) }).ToList();
        return ResultDrawing.Draw(files, seg, named, options.Value.OverlayPictures, ct);
    }
}
