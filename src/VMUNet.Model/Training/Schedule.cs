namespace VMUNet.Model;

/// <summary>Which size and learning rate a step has. Pure arithmetic on the options.</summary>
internal sealed class Schedule
{
    private const double PolynomialPower = 0.9;
    private readonly TrainingOptions _options;
    private readonly int[] _lastStep;
    private readonly int _epochImages;

    /// <summary>Lays out a run.</summary>
    /// <param name="options">Its options; stages in examples.</param>
    /// <param name="epochImages">Examples of an epoch, for schedules that count in them.</param>
    public Schedule(TrainingOptions options, int epochImages = 0)
    {
        _options = options;
        _epochImages = epochImages;
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

    /// <summary>
    /// Linear warm-up, then half a cosine or a power down to the final share, or the peak throughout; or the official one, which swings
    /// up again.
    /// </summary>
    public double RateAt(int step)
    {
        if (_options.CosineEpochs > 0)
        {
            var epoch = (long)step * _options.Batch / Math.Max(1, _epochImages);
            var swing = 0.5 * (1 + Math.Cos(Math.PI * epoch / _options.CosineEpochs));
            return _options.PeakRate * (_options.FinalRateShare + (1 - _options.FinalRateShare) * swing);
        }

        if (step < _options.WarmUpSteps)
        {
            return _options.PeakRate * (step + 1) / _options.WarmUpSteps;
        }

        var t = (double)(step - _options.WarmUpSteps) / Math.Max(1, Steps - _options.WarmUpSteps);
        var height = _options.Schedule switch
        {
            RateSchedule.Constant => 1,
            RateSchedule.Polynomial => Math.Pow(1 - Math.Min(1, t), PolynomialPower),
            _ => 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, t))),
        };
        return _options.PeakRate * (_options.FinalRateShare + (1 - _options.FinalRateShare) * height);
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

    /// <summary>The stages of a run that counts in epochs, in examples.</summary>
    public static TrainingOptions InExamples(TrainingOptions options, int epochImages) => options.Epochs == 0
        ? options
        : options with { Stages = [.. options.Stages.Select(s => s with { Images = checked(options.Epochs * epochImages) })] };

    /// <summary>The stages with their examples multiplied so that the work left takes the time left.</summary>
    /// <param name="done">Steps done.</param>
    /// <param name="spent">Time spent in a measured part of them.</param>
    /// <param name="work">Work of that part, see <see cref="WorkBefore"/>.</param>
    /// <param name="left">Time left for all other steps.</param>
    public IReadOnlyList<TrainingStage> Fitted(int done, TimeSpan spent, double work, TimeSpan left)
    {
        var factor = left.TotalSeconds / (spent.TotalSeconds / work * (WorkBefore(Steps) - WorkBefore(done)));
        return [.. _options.Stages.Select((s, i) => s with
        {
            Images = (int)Math.Clamp(s.Images * factor, i == 0 ? (done + 1.0) * _options.Batch : _options.Batch, int.MaxValue / 4),
        })];
    }

    private int StageAt(int step)
    {
        var stage = Array.FindIndex(_lastStep, last => step < last);
        return stage < 0 ? _lastStep.Length - 1 : stage;
    }
}

/// <summary>How the learning rate goes on after the warm-up.</summary>
public enum RateSchedule
{
    /// <summary>Half a cosine down to the final share.</summary>
    Cosine,

    /// <summary>The peak to the end.</summary>
    Constant,

    /// <summary>Down to the final share along (1 - t) to the power 0.9, t from 0 to 1.</summary>
    Polynomial,
}
