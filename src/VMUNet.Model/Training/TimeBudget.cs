namespace VMUNet.Model;

/// <summary>Fits a run's examples to the minutes it may take, once its first steps have shown the pace.</summary>
/// <param name="minutes">Minutes of all the run's processes together.</param>
/// <param name="firstStep">Step this process began at.</param>
/// <param name="time">The clock.</param>
internal sealed class TimeBudget(double minutes, int firstStep, TimeProvider time)
{
    private const int PaceFrom = 4; // the first steps also compile the code
    private const int PaceUntil = 24;
    private const double ForSteps = 0.9; // the rest is for looks at dev and the end

    private readonly TimeSpan _budget = TimeSpan.FromMinutes(minutes);
    private (long At, double Work)? _pace;

    /// <summary>Called after each step; the stages fitted to the time, once, else null.</summary>
    public List<TrainingStage>? Fit(TrainingCounters counters, Schedule schedule, TimeSpan spent)
    {
        var steps = counters.Step - firstStep;
        if (counters.Fitted is not null)
        {
            return null;
        }

        if (steps == PaceFrom)
        {
            _pace = (time.GetTimestamp(), schedule.WorkBefore(counters.Step));
        }

        return steps == PaceUntil && _pace is { } pace
            ? [.. schedule.Fitted(
                counters.Step, time.GetElapsedTime(pace.At), schedule.WorkBefore(counters.Step) - pace.Work, _budget * ForSteps - spent)]
            : null;
    }

    /// <summary>What is left of the time.</summary>
    public TimeSpan Left(TimeSpan spent) => IsSpent(spent) ? TimeSpan.Zero : _budget - spent;

    /// <summary>True when the time is used up.</summary>
    public bool IsSpent(TimeSpan spent) => spent >= _budget;
}
