using VMUNet.Data.Studies;

namespace VMUNet.DicomListener;

/// <summary>Whether a quiet series is complete; a pure decision (the conditions of a CT or MR series, and the cap).</summary>
internal static class CompletionRule
{
    private const double SamePositionMm = 0.01;
    private const double SameDirection = 1e-3;

    /// <summary>Complete with a warning or none, or look again at a later time.</summary>
    public static CompletionVerdict Judge(DueSeries series, DateTimeOffset now, ListenerOptions options)
    {
        if (Missing(series, options) is not { } missing)
        {
            return new CompletionVerdict.Complete(null);
        }

        var cap = series.LastInstanceAt + options.MaxWait;
        return now >= cap
            ? new CompletionVerdict.Complete(missing)
            : new CompletionVerdict.Wait(cap, missing);
    }

    // "gap" and its kin are shown to people and kept on the series.
    private static string? Missing(DueSeries series, ListenerOptions options)
    {
        if (series.Modality is not ("CT" or "MR") || series.Instances.Any(i => i.NumberOfFrames > 1))
        {
            return null;
        }

        if (series.Instances.Count < options.MinSlices)
        {
            return $"fewer than {options.MinSlices} slices";
        }

        if (series.Instances.Any(i => i.ImagePosition is null || i.ImageOrientation is null))
        {
            return "slices without position";
        }

        var orientation = series.Instances[0].ImageOrientation!;
        if (series.Instances.Any(i => !i.ImageOrientation!.Zip(orientation, (a, b) => Math.Abs(a - b)).All(d => d <= SameDirection)))
        {
            return "more than one orientation";
        }

        return HasGap(series, orientation, options.MaxGapRatio) ? "gap" : null;
    }

    private static bool HasGap(DueSeries series, double[] o, double maxRatio)
    {
        double[] normal = [(o[1] * o[5]) - (o[2] * o[4]), (o[2] * o[3]) - (o[0] * o[5]), (o[0] * o[4]) - (o[1] * o[3])];
        var positions = series.Instances
            .Select(i => normal.Zip(i.ImagePosition!, (n, p) => n * p).Sum())
            .Order()
            .ToList();
        var steps = positions.Zip(positions.Skip(1), (a, b) => b - a)
            .Where(step => step > SamePositionMm)
            .Order()
            .ToList();
        return steps.Count > 0 && steps[^1] > maxRatio * steps[(steps.Count - 1) / 2];
    }
}
