namespace VMUNet.Imaging;

/// <summary>A colour photograph or a drawn image: 8-bit sRGB, order row, column, channel.</summary>
public sealed class Picture
{
    private readonly byte[] _rgb;

    /// <summary>Takes ownership of <paramref name="rgb"/>: the caller must not change the array any more.</summary>
    /// <param name="rows">Height in pixels.</param>
    /// <param name="columns">Width in pixels.</param>
    /// <param name="rgb">Rows x columns x 3 values.</param>
    /// <exception cref="ArgumentException">The array's length does not fit the size.</exception>
    public Picture(int rows, int columns, byte[] rgb)
    {
        ArgumentNullException.ThrowIfNull(rgb);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (rgb.LongLength != 3L * rows * columns)
        {
            throw new ArgumentException($"{rows} x {columns} pixels need {3L * rows * columns} bytes, {rgb.LongLength} came.", nameof(rgb));
        }

        Rows = rows;
        Columns = columns;
        _rgb = rgb;
    }

    /// <summary>Height in pixels.</summary>
    public int Rows { get; }

    /// <summary>Width in pixels.</summary>
    public int Columns { get; }

    /// <summary>All values, order row, column, channel (red, green, blue).</summary>
    public ReadOnlySpan<byte> Rgb => _rgb;
}
