using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// Slices of volumes. A share of the draws, else two of three, asks for a random label and takes a random slice that shows it; the
/// others take any slice, so that empty ones are seen too. Or, as the official recipe does it, all slices in a new order every epoch.
/// </summary>
internal sealed class SliceSamples : SampleSource
{
    private const long PickPurpose = 2;

    /// <summary>Share of the draws that ask for a label, unless another is given.</summary>
    public const double OrganShare = 2.0 / 3;

    private readonly double _organShare;
    private readonly List<(ScaledVolume Volume, int Z)> _slices = [];
    private readonly List<int>[] _slicesOfLabel;
    private readonly EpochOrder? _order;

    public SliceSamples(IReadOnlyList<DataCase> cases, TaskDefinition task, PreparedData prepared, bool inOrder, double organShare)
    {
        _organShare = organShare;
        var present = task.Labels.ToDictionary(l => l.Value, _ => new List<int>());
        foreach (var item in cases)
        {
            var (volume, labels) = CaseFiles.ReadVolume(item, task);
            var canonical = Orientation.ToCanonical(volume);
            var scaled = InputScaling.FromVolume(
                canonical.Volume, canonical.Apply(labels).Labels.ToArray(), task.Preprocessing);
            for (var z = 0; z < scaled.Slices; z++)
            {
                var span = scaled.Slice(z).Labels.Span;
                foreach (var (value, list) in present)
                {
                    if (span.Contains(value))
                    {
                        list.Add(_slices.Count);
                    }
                }

                _slices.Add((scaled, z));
            }

            if (!prepared.TryTake(scaled.Bytes))
            {
                scaled.Spill(prepared);
            }
        }

        _order = inOrder ? new EpochOrder(_slices.Count) : null;
        _slicesOfLabel = [.. present.OrderBy(p => p.Key).Select(p => p.Value).Where(l => l.Count > 0)];
    }

    public override int Count => _slices.Count;

    public override Sample Load(int index, int size) => _slices[index].Volume.Slice(_slices[index].Z);

    public override int Pick(long seed, long number)
    {
        if (_order is not null)
        {
            return _order.At(seed, number);
        }

        var random = new SeededRandom(seed, PickPurpose, number);
        if (_slicesOfLabel.Length == 0 || !random.Chance(_organShare))
        {
            return random.Next(Count);
        }

        var slices = _slicesOfLabel[random.Next(_slicesOfLabel.Length)];
        return slices[random.Next(slices.Count)];
    }
}
