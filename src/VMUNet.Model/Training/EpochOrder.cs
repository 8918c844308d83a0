namespace VMUNet.Model;

/// <summary>A new random order of all samples every epoch. Safe for use from several threads.</summary>
/// <param name="count">Number of samples.</param>
internal sealed class EpochOrder(int count)
{
    private const long OrderPurpose = 1;
    private readonly Lock _lock = new();
    private (long Epoch, int[] Order) _order = (-1, []);

    /// <summary>The <paramref name="number"/>-th sample of a run with this seed.</summary>
    public int At(long seed, long number)
    {
        var epoch = number / count;
        lock (_lock)
        {
            if (_order.Epoch != epoch)
            {
                _order = (epoch, new SeededRandom(seed, OrderPurpose, epoch).Permutation(count));
            }

            return _order.Order[number % count];
        }
    }
}
