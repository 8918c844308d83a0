namespace VMUNet.Imaging;

/// <summary>An RGB plane under construction.</summary>
internal sealed class Canvas(int rows, int columns)
{
    private readonly byte[] _rgb = new byte[3 * rows * columns];

    internal int Rows => rows;

    internal int Columns => columns;

    /// <summary>Copies a picture to the top left corner, every pixel as a square of <paramref name="scale"/> pixels.</summary>
    internal void Paste(Picture picture, int scale)
    {
        for (var y = 0; y < picture.Rows * scale; y++)
        {
            for (var x = 0; x < picture.Columns * scale; x++)
            {
                var from = 3 * (((y / scale) * picture.Columns) + (x / scale));
                picture.Rgb.Slice(from, 3).CopyTo(_rgb.AsSpan(3 * ((y * columns) + x)));
            }
        }
    }

    /// <summary>Copies a picture to a place that holds it whole.</summary>
    internal void Paste(Picture picture, int top, int left)
    {
        for (var y = 0; y < picture.Rows; y++)
        {
            picture.Rgb.Slice(3 * y * picture.Columns, 3 * picture.Columns)
                .CopyTo(_rgb.AsSpan(3 * (((top + y) * columns) + left)));
        }
    }

    /// <summary>Mixes a colour into a pixel; opacity 1 replaces it.</summary>
    internal void Blend(int y, int x, Rgb colour, double opacity)
    {
        var at = 3 * ((y * columns) + x);
        _rgb[at] = Mix(_rgb[at], colour.R, opacity);
        _rgb[at + 1] = Mix(_rgb[at + 1], colour.G, opacity);
        _rgb[at + 2] = Mix(_rgb[at + 2], colour.B, opacity);
    }

    internal void Fill(int y, int x, int height, int width, Rgb colour)
    {
        for (var row = Math.Max(0, y); row < Math.Min(rows, y + height); row++)
        {
            for (var column = Math.Max(0, x); column < Math.Min(columns, x + width); column++)
            {
                Blend(row, column, colour, 1);
            }
        }
    }

    /// <summary>Draws one line of text with its top left corner at (y, x); dots are squares of <paramref name="dot"/> pixels.</summary>
    internal void Write(int y, int x, string text, Rgb colour, int dot)
    {
        for (var i = 0; i < text.Length; i++)
        {
            for (var row = 0; row < BitmapFont.Height; row++)
            {
                for (var column = 0; column < BitmapFont.Width; column++)
                {
                    if (BitmapFont.HasDot(text[i], row, column))
                    {
                        Fill(y + (row * dot), x + (((i * BitmapFont.Advance) + column) * dot), dot, dot, colour);
                    }
                }
            }
        }
    }

    internal Picture ToPicture() => new(rows, columns, _rgb);

    private static byte Mix(byte below, byte above, double opacity)
        => (byte)Math.Round(below + ((above - below) * opacity), MidpointRounding.AwayFromZero);
}
