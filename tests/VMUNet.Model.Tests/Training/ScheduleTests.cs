namespace VMUNet.Model.Tests.Training;

public sealed class ScheduleTests
{
    private static readonly TrainingOptions s_options = new()
    {
        Task = "lesion-dermoscopy", Data = "x", Out = "y", Batch = 8, PeakRate = 1, WarmUpSteps = 10, FinalRateShare = 0.01,
        Stages = [new TrainingStage(128, 800), new TrainingStage(256, 400)],
    };

    private readonly Schedule _schedule = new(s_options);

    [Fact]
    public void Sizes_follow_the_stages()
    {
        Assert.Equal(150, _schedule.Steps);
        Assert.Equal(128, _schedule.SizeAt(99));
        Assert.Equal(256, _schedule.SizeAt(100));
        Assert.True(_schedule.ChangesSizeAt(100));
        Assert.False(_schedule.ChangesSizeAt(99));
        Assert.False(_schedule.ChangesSizeAt(150));
    }

    [Fact]
    public void The_rate_warms_up_and_falls_along_a_cosine()
    {
        Assert.Equal(0.1, _schedule.RateAt(0), 1e-12);
        Assert.Equal(1, _schedule.RateAt(9), 1e-12);
        Assert.Equal(1, _schedule.RateAt(10), 1e-12);
        Assert.Equal(0.505, _schedule.RateAt(80), 1e-12);
        Assert.Equal(0.01, _schedule.RateAt(150), 1e-12);
    }

    [Theory]
    [InlineData(RateSchedule.Constant, 1, 1, 1)]
    [InlineData(RateSchedule.Polynomial, 1, 0.01 + 0.99 * 0.53588673, 0.01)] // 0.5 to the power 0.9
    public void The_rate_can_stay_or_fall_along_a_power(RateSchedule schedule, double first, double middle, double last)
    {
        var other = new Schedule(s_options with { Schedule = schedule });

        Assert.Equal(0.5, other.RateAt(4), 1e-12);
        Assert.Equal(first, other.RateAt(10), 1e-8);
        Assert.Equal(middle, other.RateAt(80), 1e-8);
        Assert.Equal(last, other.RateAt(150), 1e-8);
    }

    [Fact]
    public void Work_counts_pixels_so_that_the_time_left_is_right_after_a_change_of_size()
    {
        Assert.Equal(50 * 4.0 / (100 + 50 * 4), 1 - _schedule.WorkBefore(100) / _schedule.WorkBefore(150), 1e-12);
    }
}
