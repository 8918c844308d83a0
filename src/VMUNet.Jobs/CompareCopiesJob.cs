using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Network;
using VMUNet.Dicom;

namespace VMUNet.Jobs;

/// <summary>Decodes instances that came again in another transfer syntax and compares them with the first; runs on the clock.</summary>
public sealed class CompareCopiesJob(
    InstanceCopies copies, IOptions<PacsDataOptions> data, ILogger<CompareCopiesJob> logger)
{
    private const int Batch = 10;
    private static readonly TimeSpan s_claim = TimeSpan.FromMinutes(10);

    /// <summary>One round. A crash leaves the claim to run out, and the copy is compared again.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        foreach (WaitingCopy copy in await copies.ClaimAsync(Batch, s_claim, ct))
        {
            string? difference = await Task.Run(() => PixelComparison.Difference(
                Path.Combine(data.Value.DataFolder, copy.OriginalPath), Path.Combine(data.Value.DataFolder, copy.CopyPath), ct), ct);
            if (difference is not null)
            {
                Log.CopyDiffers(logger, copy.SopInstanceUid, difference);
            }
            await copies.RecordAsync(copy, difference, ct);
        }
    }
}
