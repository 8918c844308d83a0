namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// The scan and its gradients by their definition, in double, one channel and one step after the other, without any tensor library:
/// what the kernels are tested against before they are used. Arrays as in selective_scan.cu.
/// </summary>
internal sealed class ScanDefinition
{
    private const double Log2E = 1.4426950408889634;

    private ScanDefinition(in ScanShape shape)
    {
        int tokens = shape.Batch * shape.Length;
        Y = new double[tokens * shape.Inner];
        X = new double[tokens * shape.Inner];
        Delta = new double[ScanLayout.Directions * tokens * shape.Inner];
        Rows = new double[tokens * ScanLayout.Directions * 2 * shape.States];
        A = new double[shape.Batch * ScanLayout.Directions * shape.States * shape.Inner];
    }

    /// <summary>(B, L, D): the output.</summary>
    public double[] Y { get; }

    /// <summary>(B, L, D): the loss by x.</summary>
    public double[] X { get; }

    /// <summary>(4, B * L, D): by delta before softplus.</summary>
    public double[] Delta { get; }

    /// <summary>(B, L, 4, 2N): by B and C.</summary>
    public double[] Rows { get; }

    /// <summary>(B, 4, N, D): by A.</summary>
    public double[] A { get; }

    /// <summary>Output and gradients of sum(y * gradient).</summary>
    public static ScanDefinition Of(ScanNumbers numbers)
    {
        var result = new ScanDefinition(numbers.Shape);
        for (int b = 0; b < numbers.Shape.Batch; b++)
        {
            for (int k = 0; k < ScanLayout.Directions; k++)
            {
                for (int d = 0; d < numbers.Shape.Inner; d++)
                {
                    result.Walk(numbers, b, k, d);
                }
            }
        }

        for (int i = 0; i < result.Y.Length; i++)
        {
            result.Y[i] += (double)numbers.Skip[i % numbers.Shape.Inner] * numbers.X[i];
            result.X[i] += (double)numbers.Skip[i % numbers.Shape.Inner] * numbers.Gradient[i];
        }

        return result;
    }

    private void Walk(ScanNumbers s, int b, int k, int d)
    {
        ScanShape shape = s.Shape;
        int states = shape.States, inner = shape.Inner, length = shape.Length, rank = shape.Rank;
        var walk = new Walk(k, shape.Height, shape.Width);
        var h = new double[(length + 1) * states];
        var deltas = new double[length];
        var slopes = new double[length];
        for (int t = 0; t < length; t++)
        {
            int token = (b * length) + walk.PositionOf(t);
            ReadOnlySpan<float> row = s.Row(token, k);
            double pre = s.DeltaBias[(k * inner) + d];
            for (int r = 0; r < rank; r++)
            {
                pre += (double)s.DeltaWeight[(((k * rank) + r) * inner) + d] * row[r];
            }

            deltas[t] = Math.Max(pre, 0) + Math.Log(1 + Math.Exp(-Math.Abs(pre)));
            slopes[t] = 1 / (1 + Math.Exp(-pre));
            for (int n = 0; n < states; n++)
            {
                double decay = Math.Pow(2, deltas[t] * s.A2[(((k * states) + n) * inner) + d]);
                h[((t + 1) * states) + n] = (decay * h[(t * states) + n]) + (deltas[t] * s.X[(token * inner) + d] * row[rank + n]);
                Y[(token * inner) + d] += h[((t + 1) * states) + n] * row[rank + states + n];
            }
        }

        var carried = new double[states];
        for (int t = length - 1; t >= 0; t--)
        {
            int token = (b * length) + walk.PositionOf(t), place = (token * inner) + d;
            ReadOnlySpan<float> row = s.Row(token, k);
            double byDelta = 0, g = s.Gradient[place], u = s.X[place];
            for (int n = 0; n < states; n++)
            {
                double a2 = s.A2[(((k * states) + n) * inner) + d], decay = Math.Pow(2, deltas[t] * a2);
                double e = carried[n] + (g * row[rank + states + n]), q = e * decay * h[(t * states) + n];
                int rows = (((token * ScanLayout.Directions) + k) * 2 * states) + n;
                Rows[rows] += e * deltas[t] * u;
                Rows[rows + states] += g * h[((t + 1) * states) + n];
                X[place] += e * row[rank + n] * deltas[t];
                byDelta += (e * row[rank + n] * u) + (q * a2 / Log2E);
                A[(((((b * ScanLayout.Directions) + k) * states) + n) * inner) + d] += q * deltas[t];
                carried[n] = decay * e;
            }

            Delta[(((k * shape.Batch * length) + token) * inner) + d] = byDelta * slopes[t];
        }
    }
}

/// <summary>Numbers of one scan, drawn from a seed. Arrays as in selective_scan.cu.</summary>
internal sealed class ScanNumbers
{
    private ScanNumbers(in ScanShape shape) => Shape = shape;

    public ScanShape Shape { get; }

    /// <summary>(B, L, D).</summary>
    public required float[] X { get; init; }

    /// <summary>(B, L, 4, R + 2N).</summary>
    public required float[] Projected { get; init; }

    /// <summary>(4, R, D).</summary>
    public required float[] DeltaWeight { get; init; }

    /// <summary>(4, D).</summary>
    public required float[] DeltaBias { get; init; }

    /// <summary>(4, N, D).</summary>
    public required float[] A2 { get; init; }

    /// <summary>(D).</summary>
    public required float[] Skip { get; init; }

    /// <summary>(B, L, D): the loss by y.</summary>
    public required float[] Gradient { get; init; }

    /// <summary>Numbers of the network's usual size.</summary>
    public static ScanNumbers Draw(ScanShape shape, int seed)
    {
        var random = new SeededRandom(seed);
        float[] Normal(int count, double scale, double shift) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)((scale * random.Gaussian()) + shift))];
        int tokens = shape.Batch * shape.Length, d = shape.Inner;
        float[] a2 = Normal(ScanLayout.Directions * shape.States * d, 0.1, 0);
        for (int i = 0; i < a2.Length; i++)
        {
            a2[i] = (float)(-((i / d % shape.States) + 1) * Math.Exp(a2[i]) * Exp2Terms.Log2E);
        }

        return new ScanNumbers(shape)
        {
            X = Normal(tokens * d, 1, 0),
            Projected = Normal(tokens * ScanLayout.Directions * shape.Stride, 1, 0),
            DeltaWeight = Normal(ScanLayout.Directions * shape.Rank * d, 1 / Math.Sqrt(shape.Rank), 0),
            DeltaBias = Normal(ScanLayout.Directions * d, 1, -3),
            A2 = a2,
            Skip = Normal(d, 0.2, 4),
            Gradient = Normal(tokens * d, 1, 0),
        };
    }

    /// <summary>R + 2N numbers of a token (b * L + position) and direction.</summary>
    public ReadOnlySpan<float> Row(int token, int direction) =>
        Projected.AsSpan(((token * ScanLayout.Directions) + direction) * Shape.Stride, Shape.Stride);
}
