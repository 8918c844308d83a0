using System.Collections.Concurrent;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Photographs in a new random order every epoch. Decoded pictures are kept until a byte budget is used up.</summary>
internal sealed class PictureSamples(IReadOnlyList<DataCase> cases, TaskDefinition task) : SampleSource
{
    private const long CacheBytes = 512L << 20;
    private const long OrderPurpose = 1;
    private readonly ConcurrentDictionary<int, (Picture Picture, byte[] Labels)> _cache = new();
    private readonly Lock _orderLock = new();
    private long _cachedBytes;
    private (long Epoch, int[] Order) _order = (-1, []);

    public override int Count => cases.Count;

    public override Sample Load(int index, int size)
    {
        if (!_cache.TryGetValue(index, out var entry))
        {
            var (picture, labels) = CaseFiles.ReadPicture(cases[index], task);
            entry = (picture, labels.Labels.ToArray());
            var bytes = picture.Rgb.Length + entry.Labels.Length;
            if (Interlocked.Add(ref _cachedBytes, bytes) <= CacheBytes)
            {
                _cache.TryAdd(index, entry);
            }
            else
            {
                Interlocked.Add(ref _cachedBytes, -bytes);
            }
        }

        return InputScaling.FromPicture(entry.Picture, entry.Labels, task.Preprocessing, size);
    }

    public override int Pick(long seed, long number)
    {
        var epoch = number / Count;
        lock (_orderLock)
        {
            if (_order.Epoch != epoch)
            {
                _order = (epoch, new SeededRandom(seed, OrderPurpose, epoch).Permutation(Count));
            }

            return _order.Order[number % Count];
        }
    }
}
