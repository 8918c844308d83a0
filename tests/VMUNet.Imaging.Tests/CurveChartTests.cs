namespace VMUNet.Imaging.Tests;

public sealed class CurveChartTests
{
    [Fact]
    public void A_rising_curve_is_drawn_from_the_lower_left_to_the_upper_right()
    {
        var red = new Rgb(255, 0, 0);
        var chart = CurveChart.Draw([new CurvePanel("DSC", [new CurveSeries("", red, [(0, 0.1), (50, null), (100, 0.9)])])], "examples");

        var (first, last) = (Row(chart, 120, red), Row(chart, 780, red));
        Assert.True(first > last, $"rows {first} and {last}");
        Assert.Equal((330, 900), (chart.Rows, chart.Columns));
    }

    [Fact]
    public void One_point_nothing_and_numbers_that_are_not_finite_are_drawn_too()
    {
        var colour = new Rgb(0, 0, 0);
        var chart = CurveChart.Draw(
            [
                new CurvePanel("one", [new CurveSeries("a", colour, [(10, 0.5)])]),
                new CurvePanel("none", [new CurveSeries("a", colour, [(10, null), (20, double.NaN)])]),
            ],
            "x");

        Assert.Equal(660, chart.Rows);
    }

    [Fact]
    public void The_grid_has_a_few_lines_at_round_numbers()
    {
        var chart = CurveChart.Draw(
            [new CurvePanel("loss", [new CurveSeries("", new Rgb(255, 0, 0), [(320, 1.3585), (3432, 0.7049)])])], "examples");

        var lines = 0;
        for (var row = 44; row < 295; row++)
        {
            lines += chart.Rgb[3 * (row * chart.Columns + 90)] == 222 ? 1 : 0;
        }

        Assert.InRange(lines, 3, 8);
    }

    private static int Row(Picture chart, int column, Rgb colour)
    {
        for (var row = 60; row < chart.Rows; row++)
        {
            var at = 3 * (row * chart.Columns + column);
            if (chart.Rgb[at] > 200 && chart.Rgb[at + 1] < 120 && chart.Rgb[at + 2] < 120 && colour.R == 255)
            {
                return row;
            }
        }

        return -1;
    }
}
