using System.Globalization;

namespace VMUNet.Imaging;

/// <summary>Curves over a common axis as a picture, one panel below the other; for learning curves.</summary>
public static class CurveChart
{
    private const int Width = 900;
    private const int PanelHeight = 330;
    private const int Left = 84;
    private const int Right = 24;
    private const int Top = 44;
    private const int Bottom = 40;
    private const int Ticks = 5;
    private const double PenRadius = 1.4;

    private static readonly Rgb Paper = new(255, 255, 255);
    private static readonly Rgb Ink = new(40, 44, 50);
    private static readonly Rgb Grid = new(222, 226, 230);

    /// <summary>Draws the panels.</summary>
    /// <param name="panels">At least one.</param>
    /// <param name="axis">What the horizontal axis counts.</param>
    public static Picture Draw(IReadOnlyList<CurvePanel> panels, string axis)
    {
        ArgumentNullException.ThrowIfNull(panels);
        ArgumentOutOfRangeException.ThrowIfZero(panels.Count, nameof(panels));
        var canvas = new Canvas(panels.Count * PanelHeight, Width);
        canvas.Fill(0, 0, canvas.Rows, canvas.Columns, Paper);
        for (var i = 0; i < panels.Count; i++)
        {
            Draw(canvas, panels[i], i * PanelHeight, axis);
        }

        return canvas.ToPicture();
    }

    private static void Draw(Canvas canvas, CurvePanel panel, int top, string axis)
    {
        var points = panel.Series.SelectMany(s => s.Points).Where(p => p.Y is { } y && double.IsFinite(y)).ToList();
        var (high, wide) = (PanelHeight - Top - Bottom, Width - Left - Right);
        canvas.Write(top + 12, Left, panel.Title, Ink, 2);
        if (points.Count == 0)
        {
            return;
        }

        var across = new Scale(0, points.Max(p => p.X));
        var up = new Scale(points.Min(p => p.Y!.Value), points.Max(p => p.Y!.Value));
        foreach (var value in up.Marks())
        {
            var y = top + Top + high - (int)(up.Share(value) * high);
            canvas.Fill(y, Left, 1, wide, Grid);
            var text = value.ToString("0.####", CultureInfo.InvariantCulture);
            canvas.Write(y - 4, Left - 8 - text.Length * BitmapFont.Advance, text, Ink, 1);
        }

        foreach (var value in across.Marks())
        {
            var x = Left + (int)(across.Share(value) * wide);
            canvas.Fill(top + Top, x, high, 1, Grid);
            var text = value.ToString("0.##", CultureInfo.InvariantCulture);
            canvas.Write(top + Top + high + 8, x - text.Length * BitmapFont.Advance / 2, text, Ink, 1);
        }

        canvas.Write(top + Top + high + 24, Left + wide - axis.Length * BitmapFont.Advance, axis, Ink, 1);
        var key = Width - Right;
        foreach (var series in panel.Series.Reverse())
        {
            key -= (series.Name.Length + 4) * BitmapFont.Advance;
            canvas.Fill(top + 15, key, 7, 14, series.Colour);
            canvas.Write(top + 15, key + 20, series.Name, Ink, 1);
        }

        foreach (var series in panel.Series)
        {
            (double Y, double X)? last = null;
            foreach (var (x, y) in series.Points)
            {
                if (y is not { } value || !double.IsFinite(value))
                {
                    continue;
                }

                var at = (Y: top + Top + high - up.Share(value) * high, X: Left + across.Share(x) * wide);
                Line(canvas, last ?? at, at, series.Colour);
                Dot(canvas, at.Y, at.X, PenRadius + 1, series.Colour);
                last = at;
            }
        }
    }

    private static void Line(Canvas canvas, (double Y, double X) from, (double Y, double X) to, Rgb colour)
    {
        var steps = Math.Max(1, (int)Math.Ceiling(Math.Max(Math.Abs(to.Y - from.Y), Math.Abs(to.X - from.X))));
        for (var i = 0; i <= steps; i++)
        {
            var share = (double)i / steps;
            Dot(canvas, from.Y + (to.Y - from.Y) * share, from.X + (to.X - from.X) * share, PenRadius, colour);
        }
    }

    private static void Dot(Canvas canvas, double y, double x, double radius, Rgb colour)
    {
        for (var row = (int)Math.Floor(y - radius); row <= y + radius; row++)
        {
            for (var column = (int)Math.Floor(x - radius); column <= x + radius; column++)
            {
                var distance = Math.Sqrt((row - y) * (row - y) + (column - x) * (column - x));
                var cover = Math.Clamp(radius + 0.5 - distance, 0, 1) * 0.7;
                if (cover > 0 && row >= 0 && column >= 0 && row < canvas.Rows && column < canvas.Columns)
                {
                    canvas.Blend(row, column, colour, cover);
                }
            }
        }
    }

    /// <summary>A range widened to whole steps of 1, 2 or 5 times a power of ten.</summary>
    private sealed class Scale
    {
        private readonly double _low, _high, _step;

        public Scale(double low, double high)
        {
            if (!(high > low))
            {
                (low, high) = (low - 0.5, high + 0.5);
            }

            var rough = (high - low) / Ticks;
            var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            _step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
            (_low, _high) = (Math.Floor(low / _step) * _step, Math.Ceiling(high / _step) * _step);
        }

        public double Share(double value) => (value - _low) / (_high - _low);

        public IEnumerable<double> Marks()
        {
            for (var i = 0; _low + i * _step <= _high + _step / 2; i++)
            {
                yield return Math.Round(_low + i * _step, 10);
            }
        }
    }
}

/// <summary>One panel of a chart.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Series">Its curves.</param>
public sealed record CurvePanel(string Title, IReadOnlyList<CurveSeries> Series);

/// <summary>One curve.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Points">Points from left to right; those without a value are left out.</param>
public sealed record CurveSeries(string Name, Rgb Colour, IReadOnlyList<(double X, double? Y)> Points);
