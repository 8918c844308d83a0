namespace VMUNet.Model;

/// <summary>
/// Turns one <see cref="Sample"/> into network input: warp, resample, organs, filter, intensities, normalise. Pure function of its
/// random stream.
/// </summary>
internal static class Augmenter
{
    private const int ControlPoints = 6;

    /// <summary>Fills one image (channels, size, size) and its labels (size, size).</summary>
    /// <param name="sample">Source.</param>
    /// <param name="recipe">How far to change it; null leaves it unchanged but for the resampling.</param>
    /// <param name="random">The example's own stream.</param>
    /// <param name="size">Side of the network input.</param>
    /// <param name="exchange">Label exchanged for label when left and right are mirrored; null or empty for none.</param>
    /// <param name="image">Receives channels x size x size values.</param>
    /// <param name="target">Receives size x size: label values, or for one class the covered share 0..1.</param>
    /// <param name="oneClass">True: targets are the bilinear share of label 1; false: the label with most weight.</param>
    public static void Fill(
        Sample sample,
        AugmentationRecipe? recipe,
        SeededRandom random,
        int size,
        IReadOnlyDictionary<byte, byte>? exchange,
        Span<float> image,
        Span<float> target,
        bool oneClass)
    {
        var warp = recipe is null ? Warp.Identity : Warp.Draw(recipe, random);
        var gains = recipe is null ? null : OrganGains.Draw(recipe, random);
        var plane = size * size;
        var labels = sample.Labels.Span;
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
            {
                var (v, u) = sample.Patch.Of(warp.Source((row + 0.5) / size - 0.5, (column + 0.5) / size - 0.5));
                var (y, x) = ((v + 0.5) * sample.Rows, (u + 0.5) * sample.Columns);
                var tap = Tap.At(
                    y / sample.RowsPerRow - 0.5, x / sample.ColumnsPerColumn - 0.5, sample.PlaneRows, sample.PlaneColumns);
                var index = row * size + column;
                for (var c = 0; c < sample.Planes.Count; c++)
                {
                    image[c * plane + index] = tap.Mix(sample.Planes[c].Span);
                }

                if (!labels.IsEmpty)
                {
                    var place = Tap.At(y - 0.5, x - 0.5, sample.Rows, sample.Columns);
                    target[index] = oneClass ? place.Share(labels) : place.Vote(labels);
                    for (var c = 0; gains is not null && c < sample.Planes.Count; c++)
                    {
                        var own = sample.PlaneLabels.Count > 0 ? sample.PlaneLabels[c].Span : labels;
                        image[c * plane + index] *= place.Gain(own, gains);
                    }
                }
            }
        }

        if (warp.Mirrors && exchange is { Count: > 0 })
        {
            foreach (ref var value in target[..plane])
            {
                value = exchange.TryGetValue((byte)value, out var other) ? other : value;
            }
        }

        if (recipe is not null)
        {
            RandomFilter.Change(image, sample.Planes.Count, size, recipe, random);
            Intensities.Change(image, sample.Planes.Count, size, recipe, random);
        }

        for (var c = 0; c < sample.Planes.Count; c++)
        {
            var scale = 1 / sample.Deviation[c];
            foreach (ref var value in image.Slice(c * plane, plane))
            {
                value = (value - sample.Mean[c]) * scale;
            }
        }
    }

    /// <summary>Smooth random surface on a coarse grid, blended with a cubic ramp.</summary>
    internal sealed class SmoothField
    {
        private readonly double[] _points = new double[ControlPoints * ControlPoints];

        public SmoothField(SeededRandom random, double strength)
        {
            for (var i = 0; i < _points.Length; i++)
            {
                _points[i] = strength * random.Gaussian();
            }
        }

        /// <summary>Value at (v, u) in -0.5..0.5; clamped outside.</summary>
        public double At(double v, double u)
        {
            var (r, fr) = Cell(v);
            var (c, fc) = Cell(u);
            var i = r * ControlPoints + c;
            var top = _points[i] + (_points[i + 1] - _points[i]) * fc;
            i += ControlPoints;
            var bottom = _points[i] + (_points[i + 1] - _points[i]) * fc;
            return top + (bottom - top) * fr;
        }

        private static (int Index, double Share) Cell(double x)
        {
            var position = Math.Clamp((x + 0.5) * (ControlPoints - 1), 0, ControlPoints - 1 - 1e-9);
            var index = (int)position;
            var f = position - index;
            return (index, f * f * (3 - 2 * f));
        }
    }

    /// <summary>Map from output to source coordinates, both -0.5..0.5 about the centre.</summary>
    private sealed class Warp
    {
        public static readonly Warp Identity = new();
        private double _vv = 1, _vu, _uv, _uu = 1, _dv, _du;
        private SmoothField? _elasticV, _elasticU;

        public bool Mirrors { get; private set; }

        public static Warp Draw(AugmentationRecipe recipe, SeededRandom random)
        {
            var flipColumns = recipe.FlipColumns && random.Chance(0.5);
            var flipRows = recipe.FlipRows && random.Chance(0.5);
            var turns = recipe.QuarterTurns ? random.Next(4) : 0;
            var angle = Math.PI / 180 * random.Uniform(-recipe.RotationDegrees, recipe.RotationDegrees) + turns * Math.PI / 2;
            var scale = random.Uniform(-recipe.LogScale, recipe.LogScale);
            var stretch = random.Uniform(-recipe.LogStretch, recipe.LogStretch) / 2;
            var (sv, su) = (Math.Exp(scale + stretch), Math.Exp(scale - stretch));
            var (cos, sin) = (Math.Cos(angle), Math.Sin(angle));
            var (signV, signU) = (flipRows ? -1 : 1, flipColumns ? -1 : 1);
            var warp = new Warp
            {
                Mirrors = flipColumns != flipRows,
                _vv = signV * cos * sv, _vu = signV * -sin * su,
                _uv = signU * sin * sv, _uu = signU * cos * su,
                _dv = random.Uniform(-recipe.Shift, recipe.Shift), _du = random.Uniform(-recipe.Shift, recipe.Shift),
            };
            if (recipe.Elastic > 0)
            {
                warp._elasticV = new SmoothField(random, recipe.Elastic);
                warp._elasticU = new SmoothField(random, recipe.Elastic);
            }

            return warp;
        }

        public (double V, double U) Source(double v, double u)
        {
            var sourceV = _vv * v + _vu * u + _dv;
            var sourceU = _uv * v + _uu * u + _du;
            return _elasticV is null ? (sourceV, sourceU) : (sourceV + _elasticV.At(v, u), sourceU + _elasticU!.At(v, u));
        }
    }

    /// <summary>Four neighbours and their weights, edges mirrored.</summary>
    private readonly ref struct Tap
    {
        private readonly int _a, _b, _c, _d;
        private readonly float _fr, _fc;

        private Tap(int a, int b, int c, int d, float fr, float fc) => (_a, _b, _c, _d, _fr, _fc) = (a, b, c, d, fr, fc);

        public static Tap At(double row, double column, int rows, int columns)
        {
            var (r, c) = ((int)Math.Floor(row), (int)Math.Floor(column));
            var (r0, r1) = (Mirror(r, rows) * columns, Mirror(r + 1, rows) * columns);
            var (c0, c1) = (Mirror(c, columns), Mirror(c + 1, columns));
            return new Tap(r0 + c0, r0 + c1, r1 + c0, r1 + c1, (float)(row - r), (float)(column - c));
        }

        public float Mix(ReadOnlySpan<float> plane)
        {
            var top = plane[_a] + (plane[_b] - plane[_a]) * _fc;
            var bottom = plane[_c] + (plane[_d] - plane[_c]) * _fc;
            return top + (bottom - top) * _fr;
        }

        public float Share(ReadOnlySpan<byte> labels)
        {
            float a = labels[_a] != 0 ? 1 : 0, b = labels[_b] != 0 ? 1 : 0, c = labels[_c] != 0 ? 1 : 0, d = labels[_d] != 0 ? 1 : 0;
            var top = a + (b - a) * _fc;
            var bottom = c + (d - c) * _fc;
            return top + (bottom - top) * _fr;
        }

        /// <summary>Factor between those of the four neighbours: an organ's edge is one pixel of its labels soft.</summary>
        public float Gain(ReadOnlySpan<byte> labels, OrganGains gains)
        {
            float a = gains.Of(labels[_a]), b = gains.Of(labels[_b]);
            float c = gains.Of(labels[_c]), d = gains.Of(labels[_d]);
            var top = a + (b - a) * _fc;
            var bottom = c + (d - c) * _fc;
            return top + (bottom - top) * _fr;
        }

        public float Vote(ReadOnlySpan<byte> labels)
        {
            byte a = labels[_a], b = labels[_b], c = labels[_c], d = labels[_d];
            if (a == b && a == c && a == d)
            {
                return a;
            }

            float wa = (1 - _fr) * (1 - _fc), wb = (1 - _fr) * _fc, wc = _fr * (1 - _fc), wd = _fr * _fc;
            var sa = wa + (b == a ? wb : 0) + (c == a ? wc : 0) + (d == a ? wd : 0);
            var sb = wb + (a == b ? wa : 0) + (c == b ? wc : 0) + (d == b ? wd : 0);
            var sc = wc + (a == c ? wa : 0) + (b == c ? wb : 0) + (d == c ? wd : 0);
            var sd = wd + (a == d ? wa : 0) + (b == d ? wb : 0) + (c == d ? wc : 0);
            var best = Math.Max(Math.Max(sa, sb), Math.Max(sc, sd));
            return best == sa ? a : best == sb ? b : best == sc ? c : d;
        }

        private static int Mirror(int i, int count)
        {
            while ((uint)i >= (uint)count)
            {
                i = i < 0 ? -1 - i : 2 * count - 1 - i;
            }

            return i;
        }
    }
}
