using TorchSharp;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

/// <summary>The oracle itself: numbers worked out by hand, and the four paths.</summary>
public sealed class ReferenceScanTests
{
    private static readonly double SoftplusInverseOf1 = Math.Log(Math.E - 1);

    [Fact]
    public void Three_steps_of_one_channel_and_two_states_give_the_numbers_worked_out_by_hand()
    {
        using DisposeScope scope = NewDisposeScope();

        // delta = 1 everywhere, A = (-ln 2, -ln 4): decays 1/2 and 1/4. u = (1, 2, 4). B = C = 1 for direction 0; C = 0
        // for the others. State 1: 1, 2.5, 5.25; state 2: 1, 2.25, 4.5625. Skips sum to 4 * 0.25 = 1.
        Tensor x = tensor(new double[] { 1, 2, 4 }, [1, 3, 1]);
        Tensor projected = Projected(3, direction => direction == 0 ? 1 : 0);
        Tensor aLogs = tensor(new[] { Math.Log(Math.Log(2)), Math.Log(Math.Log(4)) }).expand(4, 2).contiguous();

        Tensor y = new ReferenceScan().Scan(
            x, projected, zeros(4, 1, 1, ScalarType.Float64), full([4, 1], SoftplusInverseOf1, ScalarType.Float64),
            aLogs, full([4], 0.25, ScalarType.Float64), 1, 3);

        double[] expected = [3, 6.75, 13.8125];
        for (int t = 0; t < 3; t++)
        {
            Assert.Equal(expected[t], y[0, t, 0].item<double>(), 1e-12);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void An_impulse_reaches_exactly_the_later_tokens_of_its_direction(int direction)
    {
        using DisposeScope scope = NewDisposeScope();
        const int Height = 4, Width = 5, Row = 2, Column = 1;
        Tensor x = zeros(1, Height * Width, 1, ScalarType.Float64);
        x[0, (Row * Width) + Column, 0] = tensor(1.0, ScalarType.Float64);

        Tensor y = new ReferenceScan().Scan(
            x, Projected(Height * Width, k => k == direction ? 1 : 0), zeros(4, 1, 1, ScalarType.Float64),
            full([4, 1], SoftplusInverseOf1, ScalarType.Float64), full([4, 2], -2.0, ScalarType.Float64),
            zeros(4, ScalarType.Float64), Height, Width);

        for (int r = 0; r < Height; r++)
        {
            for (int c = 0; c < Width; c++)
            {
                int byRows = ((r - Row) * Width) + c - Column, byColumns = ((c - Column) * Height) + r - Row;
                bool isReached = direction switch
                {
                    0 => byRows >= 0,
                    1 => byColumns >= 0,
                    2 => byRows <= 0,
                    _ => byColumns <= 0,
                };
                Assert.Equal(isReached, y[0, (r * Width) + c, 0].item<double>() > 0);
            }
        }
    }

    // Rank 1 and two states: delta's row 0, B = 1, C as given.
    private static Tensor Projected(int length, Func<int, double> c)
    {
        var numbers = new List<double>();
        for (int t = 0; t < length; t++)
        {
            for (int k = 0; k < 4; k++)
            {
                numbers.AddRange([0, 1, 1, c(k), c(k)]);
            }
        }

        return tensor(numbers.ToArray(), [1, length, 20]);
    }
}
