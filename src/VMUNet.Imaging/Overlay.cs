namespace VMUNet.Imaging;

/// <summary>Pictures for people: a result drawn over the image it belongs to, named and marked as not diagnostic.</summary>
public static class Overlay
{
    /// <summary>The words that every drawn result carries.</summary>
    public const string Warning = "NOT FOR DIAGNOSTIC USE";

    private const int SmallestWidth = 512;
    private const double FillOpacity = 0.25;

    private static readonly Rgb Paper = new(18, 18, 18);
    private static readonly Rgb Ink = new(235, 235, 235);
    private static readonly Rgb Alert = new(255, 190, 60);

    /// <summary>
    /// Draws outlines and a translucent fill over an image, with a strip below it: the organs present with their colours, the
    /// caption, and <see cref="Warning"/>. Small images are enlarged by a whole factor.
    /// </summary>
    /// <param name="background">The image.</param>
    /// <param name="labels">Rows x columns labels of the same size; values without an organ are drawn in grey.</param>
    /// <param name="organs">Names and colours.</param>
    /// <param name="caption">One sentence without patient data, or null.</param>
    public static Picture Draw(Picture background, ReadOnlySpan<byte> labels, IReadOnlyList<OrganLabel> organs, string? caption)
    {
        ArgumentNullException.ThrowIfNull(background);
        ArgumentNullException.ThrowIfNull(organs);
        RequireSize(background, labels);
        var scale = Math.Max(1, (SmallestWidth + background.Columns - 1) / background.Columns);
        var (height, width) = (background.Rows * scale, background.Columns * scale);
        var strip = new Strip(width, Present(labels, organs), caption, Math.Max(1, width / 256));
        var canvas = new Canvas(height + strip.Height, width);
        canvas.Paste(background, scale);
        Paint(canvas, labels, background.Rows, background.Columns, organs, scale);
        strip.Draw(canvas, height);
        return canvas.ToPicture();
    }

    /// <summary>Draws outlines and fill only, in the size of the image; the caller states that it is not diagnostic.</summary>
    /// <param name="background">The image.</param>
    /// <param name="labels">Rows x columns labels of the same size.</param>
    /// <param name="organs">Names and colours.</param>
    public static Picture Burn(Picture background, ReadOnlySpan<byte> labels, IReadOnlyList<OrganLabel> organs)
    {
        ArgumentNullException.ThrowIfNull(background);
        ArgumentNullException.ThrowIfNull(organs);
        RequireSize(background, labels);
        var canvas = new Canvas(background.Rows, background.Columns);
        canvas.Paste(background, 1);
        Paint(canvas, labels, background.Rows, background.Columns, organs, 1);
        return canvas.ToPicture();
    }

    /// <summary>
    /// A slice as a grey picture. It is shown as stored, so bring volumes from NIfTI to canonical orientation first
    /// (<see cref="Orientation.ToCanonical"/>); rows then run to the patient's left and columns to posterior, as radiology looks.
    /// </summary>
    /// <param name="v">The image.</param>
    /// <param name="z">Slice index.</param>
    /// <param name="lo">Value shown black.</param>
    /// <param name="hi">Value shown white; above <paramref name="lo"/>.</param>
    public static Picture FromSlice(Volume v, int z, double lo, double hi)
    {
        ArgumentNullException.ThrowIfNull(v);
        var grey = Intensity.Window(v.Slice(z), (float)lo, (float)hi);
        var rgb = new byte[3 * grey.Length];
        for (var i = 0; i < grey.Length; i++)
        {
            rgb.AsSpan(3 * i, 3).Fill((byte)MathF.Round(grey[i] * 255));
        }

        return new Picture(v.Geometry.Rows, v.Geometry.Columns, rgb);
    }

    /// <summary>Several results side by side over one strip: the organs with their colours, the caption, and
    /// <see cref="Warning"/>. Outlines only, so that the image stays to be seen; a tile's caption stands in its corner.</summary>
    /// <param name="tiles">At least one; all of one size, each with its labels and a short caption.</param>
    /// <param name="columns">Tiles in a row.</param>
    /// <param name="legend">Entries of the strip, with the names to show.</param>
    /// <param name="caption">One sentence without patient data, or null.</param>
    public static Picture Sheet(
        IReadOnlyList<OverlayTile> tiles, int columns, IReadOnlyList<OrganLabel> legend, string? caption)
    {
        ArgumentNullException.ThrowIfNull(tiles);
        ArgumentNullException.ThrowIfNull(legend);
        ArgumentOutOfRangeException.ThrowIfZero(tiles.Count, nameof(tiles));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        var (rows, width) = (tiles[0].Image.Rows, Math.Min(columns, tiles.Count) * tiles[0].Image.Columns);
        var lines = (tiles.Count + columns - 1) / columns;
        var strip = new Strip(width, [.. legend], caption, Math.Max(1, width / 512));
        var canvas = new Canvas((lines * rows) + strip.Height, width);
        for (var i = 0; i < tiles.Count; i++)
        {
            RequireSize(tiles[i].Image, tiles[i].Labels);
            DrawTile(canvas, tiles[i], (i / columns) * rows, (i % columns) * tiles[0].Image.Columns, legend);
        }

        strip.Draw(canvas, lines * rows);
        return canvas.ToPicture();
    }

    private static void DrawTile(Canvas canvas, OverlayTile tile, int top, int left, IReadOnlyList<OrganLabel> organs)
    {
        var (rows, columns) = (tile.Image.Rows, tile.Image.Columns);
        var own = new Canvas(rows, columns);
        own.Paste(tile.Image, 1);
        Paint(own, tile.Labels, rows, columns, organs, 1, fill: 0);
        own.Write(4, 4, tile.Caption, Ink, Math.Max(1, columns / 192));
        canvas.Paste(own.ToPicture(), top, left);
    }

    private static void RequireSize(Picture background, ReadOnlySpan<byte> labels)
    {
        if (labels.Length != background.Rows * background.Columns)
        {
            throw new ArgumentException(
                $"{background.Rows} x {background.Columns} labels were expected, {labels.Length} came.", nameof(labels));
        }
    }

    private static List<OrganLabel> Present(ReadOnlySpan<byte> labels, IReadOnlyList<OrganLabel> organs)
    {
        var present = new List<OrganLabel>();
        foreach (var organ in organs)
        {
            if (labels.Contains(organ.Value))
            {
                present.Add(organ);
            }
        }

        return present;
    }

    // A pixel of the enlarged picture is outline if it lies at the rim of its label, within a line of fixed width.
    private static void Paint(
        Canvas canvas, ReadOnlySpan<byte> labels, int rows, int columns, IReadOnlyList<OrganLabel> organs, int scale,
        double fill = FillOpacity)
    {
        var colours = new Rgb[256];
        Array.Fill(colours, new Rgb(150, 150, 150));
        foreach (var organ in organs)
        {
            colours[organ.Value] = organ.Colour;
        }

        var (height, width) = (rows * scale, columns * scale);
        var line = Math.Max(1, width / (fill == 0 ? 192 : 256)); // without a fill the outline must be seen by itself
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var label = labels[((y / scale) * columns) + (x / scale)];
                if (label != 0)
                {
                    var isOutline = IsRim(labels, y, x, label, rows, columns, scale, line);
                    canvas.Blend(y, x, colours[label], isOutline ? 1 : fill);
                }
            }
        }
    }

    private static bool IsRim(ReadOnlySpan<byte> labels, int y, int x, byte label, int rows, int columns, int scale, int line)
    {
        return Differs(labels, y - line, x) || Differs(labels, y + line, x) || Differs(labels, y, x - line) || Differs(labels, y, x + line);

        bool Differs(ReadOnlySpan<byte> map, int row, int column)
            => row < 0 || column < 0 || row >= rows * scale || column >= columns * scale
                || map[((row / scale) * columns) + (column / scale)] != label;
    }

    /// <summary>The area below the image: legend entries in as many lines as they need, the caption wrapped, the warning.</summary>
    private sealed class Strip
    {
        private readonly int _dot;
        private readonly int _line;
        private readonly List<List<OrganLabel>> _legend;
        private readonly List<string> _caption;
        private readonly List<string> _warning;

        internal Strip(int width, List<OrganLabel> organs, string? caption, int dot)
        {
            _dot = dot;
            _line = (BitmapFont.Height + 5) * _dot;
            var characters = Math.Max(8, (width / (BitmapFont.Advance * _dot)) - 2);
            _legend = WrapLegend(organs, characters);
            _caption = caption is null ? [] : WrapWords(caption, characters);
            _warning = WrapWords(Warning, characters);
        }

        internal int Height => (_line * (_legend.Count + _caption.Count + _warning.Count)) + (5 * _dot);

        internal void Draw(Canvas canvas, int top)
        {
            canvas.Fill(top, 0, Height, canvas.Columns, Paper);
            var y = top + (5 * _dot);
            var left = BitmapFont.Advance * _dot;
            foreach (var entries in _legend)
            {
                var x = left;
                foreach (var organ in entries)
                {
                    canvas.Fill(y, x, BitmapFont.Height * _dot, BitmapFont.Height * _dot, organ.Colour);
                    canvas.Write(y, x + (2 * left), organ.Name, Ink, _dot);
                    x += EntryLength(organ) * left;
                }

                y += _line;
            }

            foreach (var (text, colour) in _caption.Select(text => (text, Ink)).Concat(_warning.Select(text => (text, Alert))))
            {
                canvas.Write(y, left, text, colour, _dot);
                y += _line;
            }
        }

        // Two characters for the colour, the name, two of space.
        private static int EntryLength(OrganLabel organ) => organ.Name.Length + 4;

        private static List<List<OrganLabel>> WrapLegend(List<OrganLabel> organs, int characters)
        {
            var lines = new List<List<OrganLabel>>();
            var used = int.MaxValue;
            foreach (var organ in organs)
            {
                if (used == int.MaxValue || used + EntryLength(organ) > characters)
                {
                    lines.Add([]);
                    used = 0;
                }

                lines[^1].Add(organ);
                used += EntryLength(organ);
            }

            return lines;
        }

        private static List<string> WrapWords(string text, int characters)
        {
            var lines = new List<string>();
            foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= characters)
                {
                    lines[^1] += " " + word;
                }
                else
                {
                    lines.Add(word.Length <= characters ? word : word[..characters]);
                }
            }

            return lines;
        }
    }
}
