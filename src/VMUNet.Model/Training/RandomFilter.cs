using System.Numerics;

namespace VMUNet.Model;

/// <summary>
/// Gives an image an appearance of its own: a small network of random 1 x 1 and 3 x 3 convolutions, mixed with the image by
/// chance. Shapes stay, contrasts between tissues change in ways that no curve of brightness reaches. After the global
/// intensity non-linear augmentation of Ouyang et al. (IEEE Transactions on Medical Imaging 2023, arXiv 2111.12525), which
/// mixes what the network gives as it is; here it first gets the image's mean and deviation, so the mixture is milder.
/// </summary>
internal static class RandomFilter
{
    private const int Layers = 4;
    private const int Hidden = 2;
    private const float Leak = 0.01f;

    /// <summary>
    /// With the recipe's probability changes (channels, size, size) in place. All channels pass through the same network, so
    /// that neighbouring slices stay alike; afterwards mean and deviation of the whole image are as before.
    /// </summary>
    public static void Change(Span<float> image, int channels, int size, AugmentationRecipe recipe, SeededRandom random)
    {
        if (recipe.FilterProbability <= 0 || !random.Chance(recipe.FilterProbability))
        {
            return;
        }

        image = image[..(channels * size * size)];
        var share = (float)random.NextDouble();
        var layers = Enumerable.Range(0, Layers)
            .Select(i => new Layer(i == 0 ? 1 : Hidden, i == Layers - 1 ? 1 : Hidden, random))
            .ToArray();
        var filtered = new float[image.Length];
        for (var c = 0; c < channels; c++)
        {
            var plane = image.Slice(c * size * size, size * size).ToArray();
            layers.Aggregate(plane, (x, layer) => layer.Run(x, size, isLast: layer == layers[^1]))
                .CopyTo(filtered.AsSpan(c * plane.Length));
        }

        Match(filtered, image);
        for (var i = 0; i < filtered.Length; i++)
        {
            filtered[i] = share * filtered[i] + (1 - share) * image[i];
        }

        Match(filtered, image);
        filtered.CopyTo(image);
    }

    // An image that the network turned to one value keeps its own.
    private static void Match(Span<float> values, ReadOnlySpan<float> like)
    {
        var (mean, deviation) = Moments(values);
        var (wanted, spread) = Moments(like);
        if (deviation < 1e-6)
        {
            like.CopyTo(values);
            return;
        }

        foreach (ref var value in values)
        {
            value = (float)((value - mean) * (spread / deviation) + wanted);
        }
    }

    private static (double Mean, double Deviation) Moments(ReadOnlySpan<float> values)
    {
        double sum = 0, squares = 0;
        foreach (var value in values)
        {
            sum += value;
            squares += (double)value * value;
        }

        var mean = sum / values.Length;
        return (mean, Math.Sqrt(Math.Max(0, squares / values.Length - mean * mean)));
    }

    /// <summary>One convolution with random weights and shifts, outside the image zero; leaky ReLU but for the last.</summary>
    private sealed class Layer
    {
        private readonly int _inputs;
        private readonly int _outputs;
        private readonly int _reach;
        private readonly float[] _weights;
        private readonly float[] _shifts;

        public Layer(int inputs, int outputs, SeededRandom random)
        {
            (_inputs, _outputs) = (inputs, outputs);
            _reach = random.Next(2);
            var side = 2 * _reach + 1;
            _weights = [.. Enumerable.Range(0, inputs * outputs * side * side).Select(_ => (float)random.Gaussian())];
            _shifts = [.. Enumerable.Range(0, outputs).Select(_ => (float)random.Gaussian())];
        }

        /// <summary>(inputs, size, size) to (outputs, size, size).</summary>
        public float[] Run(float[] x, int size, bool isLast)
        {
            var plane = size * size;
            var y = new float[_outputs * plane];
            var weight = 0;
            for (var o = 0; o < _outputs; o++)
            {
                var to = y.AsSpan(o * plane, plane);
                to.Fill(_shifts[o]);
                for (var i = 0; i < _inputs; i++)
                {
                    for (var down = -_reach; down <= _reach; down++)
                    {
                        for (var right = -_reach; right <= _reach; right++)
                        {
                            AddShifted(x.AsSpan(i * plane, plane), to, size, down, right, _weights[weight++]);
                        }
                    }
                }
            }

            if (!isLast)
            {
                foreach (ref var value in y.AsSpan())
                {
                    value = value < 0 ? value * Leak : value;
                }
            }

            return y;
        }

        private static void AddShifted(ReadOnlySpan<float> from, Span<float> to, int size, int down, int right, float weight)
        {
            var columns = size - Math.Abs(right);
            for (var row = Math.Max(0, -down); row < Math.Min(size, size - down); row++)
            {
                var source = from.Slice((row + down) * size + Math.Max(0, right), columns);
                var target = to.Slice(row * size + Math.Max(0, -right), columns);
                var i = 0;
                for (; i <= columns - Vector<float>.Count; i += Vector<float>.Count)
                {
                    (new Vector<float>(target[i..]) + weight * new Vector<float>(source[i..])).CopyTo(target[i..]);
                }

                for (; i < columns; i++)
                {
                    target[i] += weight * source[i];
                }
            }
        }
    }
}
