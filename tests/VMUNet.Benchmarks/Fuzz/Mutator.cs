using System.Buffers.Binary;

namespace VMUNet.Benchmarks.Fuzz;

/// <summary>Makes hostile bytes of legal ones; the same number gives the same bytes.</summary>
internal static class Mutator
{
    private const int MaxSteps = 6;
    private const int MaxGrowth = 4096;

    private static readonly uint[] Lies =
        [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE,
            0xFFFF_FFFF];

    /// <summary>Input <paramref name="number"/> of a target; one in fifty is noise alone, one in fifty a legal
    /// one.</summary>
    public static byte[] Make(byte[][] seeds, long number)
    {
        var random = new Random((int)((number ^ (number >> 31)) * 2_654_435_761L));
        var seed = seeds[random.Next(seeds.Length)];
        switch (random.Next(50))
        {
            case 0:
                var noise = new byte[random.Next(2000)];
                random.NextBytes(noise);
                return noise;
            case 1:
                return seed;
            default:
                var bytes = seed;
                for (var step = random.Next(1, MaxSteps); step > 0; step--)
                {
                    bytes = Step(bytes, seeds, random);
                }

                return bytes;
        }
    }

    private static byte[] Step(byte[] bytes, byte[][] seeds, Random random)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        // Headers decide most: half of the changes fall on the first bytes.
        var at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Length, 256) : bytes.Length);
        var count = random.Next(Math.Min(bytes.Length - at, 64) + 1);
        switch (random.Next(9))
        {
            case 0:
                return Put(bytes, at, [(byte)random.Next(256)]);
            case 1:
                return Put(bytes, at, [(byte)(bytes[at] ^ (1 << random.Next(8)))]);
            case 2 or 3:
                return Put(bytes, at, Number(Lies[random.Next(Lies.Length)], random));
            case 4:
                return Put(bytes, at, Number((uint)(bytes[at] + random.Next(-3, 4)), random));
            case 5:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 6:
                return bytes.Length > (1 << 20) ? bytes : [.. bytes[..(at + count)], .. bytes[at..]];
            case 7:
                return bytes[..at];
            default:
                var other = seeds[random.Next(seeds.Length)];
                var from = random.Next(other.Length);
                var part = other[from..Math.Min(other.Length, from + random.Next(1, MaxGrowth))];
                return [.. bytes[..at], .. part, .. random.Next(2) == 0 ? bytes[at..] : []];
        }
    }

    /// <summary>One, two or four bytes, either end first.</summary>
    private static byte[] Number(uint value, Random random)
    {
        var number = new byte[4];
        var width = 1 << random.Next(3);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(number, value);
            return number[..width];
        }

        BinaryPrimitives.WriteUInt32BigEndian(number, value);
        return number[(4 - width)..];
    }

    private static byte[] Put(byte[] bytes, int at, byte[] value)
    {
        var changed = bytes.ToArray();
        value.AsSpan(0, Math.Min(value.Length, bytes.Length - at)).CopyTo(changed.AsSpan(at));
        return changed;
    }
}
