namespace VMUNet.Model;

/// <summary>One run of the trainer: data, state and the loop.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const int ReportEverySteps = 20;
    private const int MostSkippedInRow = 10;
    private const int MostRollbacks = 3;

    private readonly TrainingOptions _options;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly StartingPoint _start;
    private readonly RunFolder _folder;
    private readonly PreparedData _prepared;
    private readonly TrainingMix _mix;
    private readonly GradientStep _networks;
    private readonly DevLook _look;
    private readonly ModelWriter _writer;
    private readonly BatchReader _reader;
    private readonly string _identity;
    private readonly int _looksEvery;
    private TrainingState _state;
    private Schedule _schedule;
    private TimeBudget? _budget;
    private long _began;
    private double _secondsBefore;
    private int _firstStep;

    public TrainingRun(TrainingOptions options, IProgress<TrainingProgress>? progress, TimeProvider time, DicomCaseReader? dicom)
    {
        (_progress, _time) = (progress, time);
        _start = StartingPoint.Of(options);
        var task = _start.Task;
        var recipe = options.Augmentation
            ?? (task.Kind == TaskKind.Picture ? AugmentationRecipe.Photograph : AugmentationRecipe.AxialSlice);
        TrainingOptionsCheck.Demand(options, recipe, task);
        var loss = new TrainingLoss(options, task);

        _folder = RunFolder.Take(options.Out);
        try
        {
            var data = DataSet.Open(options.Data, dicom);
            _prepared = new PreparedData(options.Out);
            _mix = TrainingMix.Of(options, data, task, _prepared, dicom);
            _identity = RunIdentity.Of(options, _mix.ManifestSha256, _start.WeightsSha256);
            _options = options = Schedule.InExamples(options, _mix.Count);
            _schedule = new Schedule(options, _mix.Count);
            var dev = options.DevSplit is null ? null : new DevScorer(data.Split(options.DevSplit), task, loss, _prepared);

            // The official recipes look once an epoch.
            _looksEvery = options.Selection == WeightSelection.DevDsc
                ? options.DevEverySteps
                : (_mix.Count + options.Batch - 1) / options.Batch;

            _networks = new GradientStep(options, _start, loss);
            _writer = new ModelWriter(options, _start, _networks.Layout, _mix);
            _look = new DevLook(options, dev, _networks, _writer);
            _reader = new BatchReader(options, _mix, recipe, task);
            _state = Saved() ?? Begun();
            Fit(_state.Counters.Fitted);
        }
        catch
        {
            _folder.Dispose(); // whoever mends the options begins again in it
            throw;
        }
    }

    /// <summary>Called after each step with the state; for tests that spoil it.</summary>
    internal Action<TrainingState>? AfterStep { get; init; }

    private TrainingCounters Counters => _state.Counters;

    private TimeSpan Spent => TimeSpan.FromSeconds(_secondsBefore) + _time.GetElapsedTime(_began);

    private bool IsOver => Counters.Step >= _schedule.Steps || Counters.EndedEarly is not null;

    /// <summary>Trains from the present step to the last.</summary>
    /// <exception cref="TrainingStoppedException">Asked to stop; the checkpoint is written.</exception>
    public TrainingResult Complete(CancellationToken cancellationToken)
    {
        _began = _time.GetTimestamp();
        (_secondsBefore, _firstStep) = (Counters.Seconds, Counters.Step);
        _budget = _options.BudgetMinutes is { } minutes ? new TimeBudget(minutes, _firstStep, _time) : null;
        var saved = _began;
        while (!IsOver)
        {
            if (_schedule.ChangesSizeAt(Counters.Step))
            {
                _state.ResetMean();
                (Counters.BestDsc, Counters.BestLoss, Counters.LooksWithoutGain) = (null, null, 0);
            }

            Step(Counters.Step);
            Counters.Step++;
            AfterStep?.Invoke(_state);
            KeepToBudget();
            if (IsOver || Counters.Step % _looksEvery == 0 || _schedule.ChangesSizeAt(Counters.Step))
            {
                Report(_look.Take(_state, _schedule, Spent));
            }
            else if (Counters.Step % ReportEverySteps == 0)
            {
                Report(null);
            }

            var isAsked = cancellationToken.IsCancellationRequested;
            if (IsOver || isAsked || _time.GetElapsedTime(saved) >= TimeSpan.FromMinutes(_options.CheckpointMinutes))
            {
                Save();
                saved = _time.GetTimestamp();
            }

            if (isAsked && !IsOver)
            {
                throw new TrainingStoppedException(Counters.Step, _schedule.Steps, _options.Out, cancellationToken);
            }
        }

        return _writer.Write(_state);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _networks.Dispose();
        _prepared.Dispose();
        _folder.Dispose();
    }

    private void Save()
    {
        if (!_state.IsFinite)
        {
            return; // the checkpoint before this one is what the run can return to
        }

        Counters.Seconds = Spent.TotalSeconds;
        _state.Save(_options.Out, _identity);
    }

    private TrainingState? Saved() =>
        TrainingState.Load(_options.Out, _identity, _networks.Layout.Count, _networks.Layout.HeadCount);

    // The checkpoint of step 0 is what a run that goes wrong at once returns to.
    private TrainingState Begun()
    {
        var state = new TrainingState(_networks.FirstWeights(_start.WeightsPath), _networks.Layout.HeadCount);
        state.Save(_options.Out, _identity);
        return state;
    }

    private void Fit(List<TrainingStage>? stages)
    {
        if (stages is not null)
        {
            _schedule = new Schedule(_options with { Stages = stages }, _mix.Count);
        }
    }

    /// <summary>Once the pace is known the stages are fitted to the time; when that is used up all the same, the run ends.</summary>
    private void KeepToBudget()
    {
        if (_budget is null)
        {
            return;
        }

        if (_budget.Fit(Counters, _schedule, Spent) is { } fitted)
        {
            Fit(Counters.Fitted = fitted);
        }

        if (_budget.IsSpent(Spent) && !IsOver)
        {
            Counters.EndedEarly = "the time given was used up";
        }
    }

    private void Step(int step)
    {
        var size = _schedule.SizeAt(step);
        var batch = _reader.Take(step, size, step + 1 < _schedule.Steps ? _schedule.SizeAt(step + 1) : 0);
        var (loss, norm) = _networks.Take(_state.Weights, batch, step, size);
        var counters = Counters;
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            counters.Skipped++;
            if (++counters.SkippedInRow > MostSkippedInRow)
            {
                RollBack(step, loss, norm);
            }

            return;
        }

        counters.SkippedInRow = 0;
        counters.LossSum += loss;
        counters.LossCount++;
        var scale = _options.ClipNorm > 0 ? Math.Min(1, _options.ClipNorm / (norm + 1e-6)) : 1;
        _state.Optimiser.Step(
            _state.Weights,
            _networks.Gradient,
            scale,
            _schedule.RateAt(step) * counters.RateScale,
            _options.DecayEverything ? _networks.Layout.Everything : _networks.Layout.Decayed,
            _options.WeightDecay);
        _state.UpdateMean(_options.EmaDecay);
    }

    /// <summary>Back to the last checkpoint with half the learning rate; a run that needs this too often ends.</summary>
    private void RollBack(int step, double loss, double norm)
    {
        var (rollbacks, skipped, scale) = (Counters.Rollbacks + 1, Counters.Skipped, Counters.RateScale / 2);
        if (rollbacks > MostRollbacks)
        {
            throw new TrainingFailedException(
                $"Loss {loss} and gradient norm {norm} at step {step}, {MostSkippedInRow} steps one after the other, and "
                + $"{MostRollbacks} returns to a checkpoint with half the learning rate did not help; use a lower one.");
        }

        var (fitted, seconds) = (Counters.Fitted, Spent.TotalSeconds);
        _state = Saved() ?? Begun();
        (Counters.Rollbacks, Counters.Skipped, Counters.SkippedInRow, Counters.RateScale) = (rollbacks, skipped, 0, scale);
        (Counters.Fitted, Counters.Seconds) = (fitted, seconds);
        _state.SaveIndex(_options.Out, _identity);
        Counters.Step--; // the caller counts the step that was just tried
    }

    private void Report(TrainingPoint? point)
    {
        if (_progress is null)
        {
            return;
        }

        var done = _schedule.WorkBefore(Counters.Step) - _schedule.WorkBefore(_firstStep);
        var left = _schedule.WorkBefore(_schedule.Steps) - _schedule.WorkBefore(Counters.Step);
        _progress.Report(new TrainingProgress
        {
            Step = Counters.Step,
            Steps = _schedule.Steps,
            Images = (long)Counters.Step * _options.Batch,
            Size = _schedule.SizeAt(Counters.Step - 1),
            Loss = point?.Loss ?? Counters.LossSum / Math.Max(1, Counters.LossCount),
            Rate = _schedule.RateAt(Counters.Step - 1) * Counters.RateScale,
            DevDscMean = point?.DevDscMean,
            DevDscRaw = point?.DevDscRaw,
            BestDsc = Counters.BestDsc,
            Elapsed = Spent,
            Left = Least(_time.GetElapsedTime(_began) * (left / Math.Max(1, done)), _budget?.Left(Spent)),
            MemoryMiB = Environment.WorkingSet >> 20,
        });
    }

    private static TimeSpan Least(TimeSpan expected, TimeSpan? given) => given < expected ? given.Value : expected;
}
