namespace VMUNet.Model;

/// <summary>Counts how often a stated probability was right, in ten equal bins.</summary>
internal sealed class Reliability
{
    private const int Bins = 10;
    private const double Whole = 255;
    private readonly long[] _counts = new long[256];
    private readonly long[] _right = new long[256];

    /// <summary>Adds a picture of a one-class model: is the share of lesion among pixels of probability p equal to p?</summary>
    public void AddOneClass(ReadOnlySpan<byte> confidence, ReadOnlySpan<byte> truth)
    {
        for (var i = 0; i < confidence.Length; i++)
        {
            _counts[confidence[i]]++;
            _right[confidence[i]] += truth[i] != 0 ? 1 : 0;
        }
    }

    /// <summary>
    /// Adds a volume: is the label chosen with probability p right in a share p of the voxels? Voxels that are background in
    /// prediction and reference alike are left out, as they would drown all else.
    /// </summary>
    public void AddLabels(ReadOnlySpan<byte> confidence, ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> truth)
    {
        for (var i = 0; i < confidence.Length; i++)
        {
            if (prediction[i] != 0 || truth[i] != 0)
            {
                _counts[confidence[i]]++;
                _right[confidence[i]] += prediction[i] == truth[i] ? 1 : 0;
            }
        }
    }

    /// <summary>The table; null when nothing was added.</summary>
    public ReliabilityTable? Table()
    {
        var all = _counts.Sum();
        if (all == 0)
        {
            return null;
        }

        var bins = new List<ReliabilityBin>();
        for (var bin = 0; bin < Bins; bin++)
        {
            long count = 0, right = 0;
            var sum = 0.0;
            for (var value = 0; value < _counts.Length; value++)
            {
                if (Math.Min(Bins - 1, (int)(value / Whole * Bins)) == bin)
                {
                    count += _counts[value];
                    right += _right[value];
                    sum += _counts[value] * (value / Whole);
                }
            }

            bins.Add(new ReliabilityBin(
                (double)bin / Bins, (bin + 1.0) / Bins, count, count == 0 ? null : sum / count, count == 0 ? null : (double)right / count));
        }

        return new ReliabilityTable(
            bins, bins.Where(b => b.Count > 0).Sum(b => b.Count * Math.Abs(b.Confidence!.Value - b.Observed!.Value)) / all);
    }
}
