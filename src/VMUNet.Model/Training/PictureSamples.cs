using System.Collections.Concurrent;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Photographs in a new random order every epoch. Decoded pictures are kept while there is room.</summary>
internal sealed class PictureSamples(IReadOnlyList<DataCase> cases, TaskDefinition task, PreparedData prepared) : SampleSource
{
    private readonly ConcurrentDictionary<int, (Picture Picture, byte[] Labels)> _cache = new();
    private readonly EpochOrder _order = new(cases.Count);

    public override int Count => cases.Count;

    public override Sample Load(int index, int size)
    {
        if (!_cache.TryGetValue(index, out var entry))
        {
            var (picture, labels) = CaseFiles.ReadPicture(cases[index], task);
            entry = (picture, labels.Labels.ToArray());
            if (prepared.TryTake(picture.Rgb.Length + entry.Labels.Length))
            {
                _cache.TryAdd(index, entry);
            }
        }

        return InputScaling.FromPicture(entry.Picture, entry.Labels, task.Preprocessing, size);
    }

    public override int Pick(long seed, long number) => _order.At(seed, number);
}
