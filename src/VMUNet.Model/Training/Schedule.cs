namespace VMUNet.Model;

/// <summary>Which size and learning rate a step has. Pure arithmetic on the options.</summary>
internal sealed class Schedule
{
    private readonly TrainingOptions _options;
    private readonly int[] _lastStep;

    public Schedule(TrainingOptions options)
    {
        _options = options;
        _lastStep = new int[options.Stages.Count];
        for (var i = 0; i < _lastStep.Length; i++)
        {
            var images = options.Stages[i].Images;
            _lastStep[i] = (i == 0 ? 0 : _lastStep[i - 1]) + (images + options.Batch - 1) / options.Batch;
        }
    }

    /// <summary>Steps of the whole run.</summary>
    public int Steps => _lastStep[^1];

    /// <summary>Side of the network input at a step (from 0).</summary>
    public int SizeAt(int step) => _options.Stages[StageAt(step)].Size;

    /// <summary>True when a step is the first of a stage other than the first.</summary>
    public bool ChangesSizeAt(int step) => step > 0 && step < Steps && StageAt(step) != StageAt(step - 1);

    /// <summary>True when a step belongs to the last stage.</summary>
    public bool IsLastStage(int step) => StageAt(step) == _lastStep.Length - 1;

    /// <summary>Linear warm-up, then half a cosine down to the final share.</summary>
    public double RateAt(int step)
    {
        if (step < _options.WarmUpSteps)
        {
            return _options.PeakRate * (step + 1) / _options.WarmUpSteps;
        }

        var t = (double)(step - _options.WarmUpSteps) / Math.Max(1, Steps - _options.WarmUpSteps);
        var cosine = 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, t)));
        return _options.PeakRate * (_options.FinalRateShare + (1 - _options.FinalRateShare) * cosine);
    }

    /// <summary>Work of the steps before <paramref name="step"/>, in pixels; the time left is estimated from it.</summary>
    public double WorkBefore(int step)
    {
        double work = 0;
        var from = 0;
        for (var i = 0; i < _lastStep.Length && from < step; i++)
        {
            work += (double)(Math.Min(step, _lastStep[i]) - from) * _options.Stages[i].Size * _options.Stages[i].Size;
            from = _lastStep[i];
        }

        return work;
    }

    private int StageAt(int step)
    {
        var stage = Array.FindIndex(_lastStep, last => step < last);
        return stage < 0 ? _lastStep.Length - 1 : stage;
    }
}
