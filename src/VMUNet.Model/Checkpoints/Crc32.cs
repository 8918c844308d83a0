namespace VMUNet.Model.Checkpoints;

/// <summary>The checksum of zip archives (ISO 3309, polynomial 0xEDB88320); the runtime's own archive reader does not look at it.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    /// <summary>Checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes)
        {
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint Entry(int i)
    {
        uint value = (uint)i;
        for (int bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
        }

        return value;
    }
}
