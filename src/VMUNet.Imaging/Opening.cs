namespace VMUNet.Imaging;

/// <summary>
/// Morphological opening of a label within each slice by a diamond: what is thinner than the diamond goes. Distances are city-block ones in
/// millimetres along rows and columns, exact after one walk down and one up.
/// </summary>
internal static class Opening
{
    private const double Rounding = 1 + 1e-6;

    /// <summary>The label's places that a diamond covers which lies inside the label.</summary>
    /// <param name="l">Labels; beyond the image's edge there is none.</param>
    /// <param name="label">Which one.</param>
    /// <param name="radiusMm">Half the diamond's diagonal, mm.</param>
    public static LabelMap Of(LabelMap l, byte label, double radiusMm) => EachSlice(l, (mask, d, opened, plane) =>
    {
        for (var i = 0; i < mask.Length; i++)
        {
            d[i] = mask[i] == label ? float.PositiveInfinity : 0;
        }

        plane.Spread(d, edge: 0);
        for (var i = 0; i < mask.Length; i++)
        {
            d[i] = d[i] > radiusMm * Rounding ? 0 : float.PositiveInfinity;
        }

        plane.Spread(d, edge: float.PositiveInfinity);
        for (var i = 0; i < mask.Length; i++)
        {
            opened[i] = d[i] <= radiusMm * Rounding ? label : (byte)0;
        }
    });

    /// <summary>A label's places that lie near a core of it in the same slice.</summary>
    /// <param name="l">Labels.</param>
    /// <param name="core">The core, on the same grid.</param>
    /// <param name="label">Which one.</param>
    /// <param name="radiusMm">How near, mm.</param>
    public static LabelMap Near(LabelMap l, LabelMap core, byte label, double radiusMm) => EachSlice(core, (mask, d, found, plane) =>
    {
        for (var i = 0; i < mask.Length; i++)
        {
            d[i] = mask[i] == label ? 0 : float.PositiveInfinity;
        }

        plane.Spread(d, edge: float.PositiveInfinity);
        var own = l.Labels.Slice(plane.Start, mask.Length);
        for (var i = 0; i < mask.Length; i++)
        {
            found[i] = own[i] == label && d[i] <= radiusMm * Rounding ? label : (byte)0;
        }
    });

    private delegate void SliceWork(ReadOnlySpan<byte> mask, Span<float> distances, Span<byte> result, Plane plane);

    private static LabelMap EachSlice(LabelMap l, SliceWork work)
    {
        var g = l.Geometry;
        var size = g.Rows * g.Columns;
        var result = new byte[l.Labels.Length];
        var distances = new float[size];
        for (var z = 0; z < g.Slices; z++)
        {
            var plane = new Plane(z * size, g.Rows, g.Columns, (float)g.Spacing.Y, (float)g.Spacing.X);
            work(l.Labels.Slice(z * size, size), distances, result.AsSpan(z * size, size), plane);
        }

        return new LabelMap(g, result);
    }

    /// <summary>A slice: where it begins in the volume, its size in pixels, and a pixel's height and width in mm.</summary>
    private readonly record struct Plane(int Start, int Rows, int Columns, float Height, float Width)
    {
        /// <summary>Lowers every distance to that of a neighbour plus the step between them.</summary>
        /// <param name="d">Distances, zero where they begin.</param>
        /// <param name="edge">Distance of the pixels beyond the image's edge.</param>
        public void Spread(Span<float> d, float edge)
        {
            for (var y = 0; y < Rows; y++)
            {
                for (var x = 0; x < Columns; x++)
                {
                    Lower(d, y, x, y == 0 ? edge : d[(y - 1) * Columns + x], x == 0 ? edge : d[y * Columns + x - 1]);
                }
            }

            for (var y = Rows - 1; y >= 0; y--)
            {
                for (var x = Columns - 1; x >= 0; x--)
                {
                    Lower(d, y, x, y == Rows - 1 ? edge : d[(y + 1) * Columns + x], x == Columns - 1 ? edge : d[y * Columns + x + 1]);
                }
            }
        }

        private void Lower(Span<float> d, int y, int x, float vertical, float horizontal)
        {
            ref var own = ref d[y * Columns + x];
            own = MathF.Min(own, MathF.Min(vertical + Height, horizontal + Width));
        }
    }
}
