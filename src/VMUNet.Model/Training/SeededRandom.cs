namespace VMUNet.Model;

/// <summary>
/// Small random generator (SplitMix64) that is made anew for every purpose from a seed and a list of keys (step, slot,
/// epoch...). It has no state to save: a resumed run draws the same numbers as an uninterrupted one.
/// </summary>
internal sealed class SeededRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state;

    /// <summary>Starts the stream that belongs to <paramref name="seed"/> and the given keys.</summary>
    public SeededRandom(long seed, params ReadOnlySpan<long> keys)
    {
        _state = Mix((ulong)seed + Golden);
        foreach (var key in keys)
        {
            _state = Mix(_state ^ Mix((ulong)key + Golden));
        }
    }

    /// <summary>Uniform number in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Uniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>Uniform whole number in [0, <paramref name="count"/>).</summary>
    public int Next(int count) => (int)(NextDouble() * count);

    /// <summary>True with probability <paramref name="probability"/>.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Normal number, mean 0 and standard deviation 1 (Box-Muller, one of the pair).</summary>
    public double Gaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Permutation of 0..count-1 (Fisher-Yates).</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = Next(i + 1);
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }

    private ulong NextBits()
    {
        _state += Golden;
        return Mix(_state);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
