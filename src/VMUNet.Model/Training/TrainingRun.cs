using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>One run of the trainer: threads, data, state and the loop.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const long DropPathPurpose = 4;
    private const int ReportEverySteps = 20;
    private const int MostSkippedInRow = 10;
    private const int MostRollbacks = 3;
    private const int PaceFrom = 4; // the first steps also compile the code
    private const int PaceUntil = 24;
    private const double BudgetForSteps = 0.9; // the rest is for looks at dev and the end

    private readonly TrainingOptions _options;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly TaskDefinition _task;
    private readonly AugmentationRecipe _recipe;
    private readonly StartingPoint _start;
    private readonly PreparedData _prepared;
    private readonly TrainingMix _mix;
    private readonly DevScorer? _dev;
    private readonly WeightLayout _layout;
    private readonly ModelWriter _writer;
    private readonly List<TrainingWorker> _workers = [];
    private readonly BatchReader _reader;
    private readonly float[] _gradient;
    private readonly float[][] _gradients;
    private readonly string _optionsHash;
    private readonly int _looksEvery;
    private TrainingState _state;
    private Schedule _schedule;
    private long _began;
    private double _secondsBefore;
    private int _firstStep;
    private (long At, double Work)? _pace;

    public TrainingRun(TrainingOptions options, IProgress<TrainingProgress>? progress, TimeProvider time, DicomCaseReader? dicom)
    {
        _options = options;
        _progress = progress;
        _time = time;
        Directory.CreateDirectory(options.Out);

        _start = StartingPoint.Of(options);
        _task = _start.Task;
        _recipe = options.Augmentation
            ?? (_task.Kind == TaskKind.Picture ? AugmentationRecipe.Photograph : AugmentationRecipe.AxialSlice);
        if (_recipe.FlipColumns && _recipe.QuarterTurns && _task.Exchange.Count > 0)
        {
            throw new BadInputException($"Task {_task.Name} has left and right organs; quarter turns would exchange them unseen.");
        }

        var data = DataSet.Open(options.Data, dicom);
        _prepared = new PreparedData(options.Out);
        _mix = TrainingMix.Of(options, data, _task, _prepared);
        _optionsHash = HashOf(options, _mix.ManifestSha256, _start.WeightsSha256);
        _options = options = Schedule.InExamples(options, _mix.Count);
        _schedule = new Schedule(options, _mix.Count);
        _dev = options.DevSplit is null ? null : new DevScorer(data.Split(options.DevSplit), _task, _prepared);
        if (_dev is null && options.Selection == WeightSelection.DevLoss)
        {
            throw new BadInputException("This recipe chooses its weights by the loss on the dev split; name one.");
        }

        // The official recipes look once an epoch.
        _looksEvery = options.Selection == WeightSelection.DevDsc
            ? options.DevEverySteps
            : (_mix.Count + options.Batch - 1) / options.Batch;

        for (var i = 0; i < options.Workers; i++)
        {
            var network = new VmUNet(_start.Config, ScanKind.Managed, options.Seed);
            network.train();
            _layout ??= WeightLayout.Of(network);
            _workers.Add(new TrainingWorker(i, network, _layout.Count));
        }

        _gradient = new float[_layout!.Count];
        _gradients = [.. _workers.Select(w => w.Gradient)];
        _writer = new ModelWriter(options, _start, _layout, _mix);
        _reader = new BatchReader(options, _mix, _recipe, _task);
        _state = TrainingState.Load(options.Out, _optionsHash, _layout.Count) ?? Begun();
        Fit(_state.Counters.Fitted);
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
            FitToBudget();
            if (IsOver || Counters.Step % _looksEvery == 0 || _schedule.ChangesSizeAt(Counters.Step))
            {
                LookAtDev();
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
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }

        _prepared.Dispose();
    }

    private void Save()
    {
        if (!_state.IsFinite)
        {
            return; // the checkpoint before this one is what the run can return to
        }

        Counters.Seconds = Spent.TotalSeconds;
        _state.Save(_options.Out, _optionsHash);
    }

    // The checkpoint of step 0 is what a run that goes wrong at once returns to.
    private TrainingState Begun()
    {
        var state = new TrainingState(FirstWeights());
        state.Save(_options.Out, _optionsHash);
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
    private void FitToBudget()
    {
        if (_options.BudgetMinutes is not { } minutes)
        {
            return;
        }

        var budget = TimeSpan.FromMinutes(minutes);
        var steps = Counters.Step - _firstStep;
        if (Counters.Fitted is null && steps == PaceFrom)
        {
            _pace = (_time.GetTimestamp(), _schedule.WorkBefore(Counters.Step));
        }
        else if (Counters.Fitted is null && steps == PaceUntil && _pace is { } pace)
        {
            Counters.Fitted = [.. _schedule.Fitted(
                Counters.Step, _time.GetElapsedTime(pace.At), _schedule.WorkBefore(Counters.Step) - pace.Work, budget * BudgetForSteps - Spent)];
            Fit(Counters.Fitted);
        }

        if (Spent >= budget && !IsOver)
        {
            Counters.EndedEarly = "the time given was used up";
        }
    }

    private void Step(int step)
    {
        var size = _schedule.SizeAt(step);
        var batch = _reader.Take(step, size, step + 1 < _schedule.Steps ? _schedule.SizeAt(step + 1) : 0);
        TrainingWorker.RunAll(_workers, worker => Work(worker, batch, step, size));

        var counters = Counters;
        var loss = _workers.Sum(worker => worker.Loss);
        FlatArray.Sum(_gradient, _gradients); // fixed order: the sum does not depend on which thread was first
        var norm = FlatArray.Norm(_gradient);
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
            _gradient,
            scale,
            _schedule.RateAt(step) * counters.RateScale,
            _options.DecayEverything ? _layout.Everything : _layout.Decayed,
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
        _state = TrainingState.Load(_options.Out, _optionsHash, _layout.Count) ?? Begun();
        (Counters.Rollbacks, Counters.Skipped, Counters.SkippedInRow, Counters.RateScale) = (rollbacks, skipped, 0, scale);
        (Counters.Fitted, Counters.Seconds) = (fitted, seconds);
        _state.SaveIndex(_options.Out, _optionsHash);
        Counters.Step--; // the caller counts the step that was just tried
    }

    private void Work(TrainingWorker worker, BatchReader.Batch batch, int step, int size)
    {
        using var scope = NewDisposeScope();
        _layout.Scatter(_state.Weights, worker.Network);
        worker.Network.ReseedDropPath(
            new SeededRandom(_options.Seed, DropPathPurpose, step, worker.Number).Next(int.MaxValue));

        var count = _options.Batch / _workers.Count;
        var plane = size * size;
        var input = empty(count, 3, size, size); // (B, 3, H, W)
        var target = empty(count, 1, size, size); // (B, 1, H, W)
        batch.Pixels.AsSpan(worker.Number * count * 3 * plane, count * 3 * plane).CopyTo(MemoryMarshal.Cast<byte, float>(input.bytes));
        batch.Labels.AsSpan(worker.Number * count * plane, count * plane).CopyTo(MemoryMarshal.Cast<byte, float>(target.bytes));

        var logits = worker.Network.forward(input);
        var (total, _, _) = _task.Classes == 1
            ? Losses.BceDice(logits, target)
            : Losses.CeDice(logits, target.squeeze(1).to(int64));
        using var workers = ((double)_workers.Count).ToScalar();
        var share = total / workers;
        Autograd.Backward(share);
        worker.Loss = share.item<float>();
        _layout.TakeGradients(worker.Network, worker.Gradient);
    }

    private void LookAtDev()
    {
        var size = _schedule.SizeAt(Counters.Step - 1);
        var loss = Counters.LossSum / Math.Max(1, Counters.LossCount);
        double? mean = null, raw = null;
        if (_dev is not null)
        {
            mean = _options.EmaDecay > 0 ? _dev.Score(_workers, _layout, _state.Mean, size) : null;
            raw = _dev.Score(_workers, _layout, _state.Weights, size);
        }

        Choose(mean, raw, loss, size);
        Counters.Curve.Add(new TrainingPoint(Counters.Step, (long)Counters.Step * _options.Batch, size, loss, mean, raw));
        if (_options.PatienceLooks > 0 && Counters.LooksWithoutGain >= _options.PatienceLooks && _schedule.IsLastStage(Counters.Step - 1) && !IsOver)
        {
            Counters.EndedEarly = $"no better score in {Counters.LooksWithoutGain} looks";
        }

        _writer.WriteRecord(_state, Spent);
        Report(Counters.Curve[^1]);
        (Counters.LossSum, Counters.LossCount) = (0, 0);
    }

    private void Choose(double? mean, double? raw, double loss, int size)
    {
        if (_options.Selection != WeightSelection.DevDsc)
        {
            loss = _options.Selection == WeightSelection.DevLoss
                ? _dev!.Loss(_workers, _layout, _state.Weights, size, _options.Recipe)
                : loss;
            Keep(Counters.BestLoss is null || loss < Counters.BestLoss, "raw", raw);
            Counters.BestLoss = Math.Min(Counters.BestLoss ?? loss, loss);
        }
        else if (raw is not null)
        {
            var takesMean = mean >= raw;
            var score = takesMean ? mean!.Value : raw.Value;
            Keep(Counters.BestDsc is null || score > Counters.BestDsc, takesMean ? "ema" : "raw", score);
        }
        else
        {
            Keep(true, _options.EmaDecay > 0 ? "ema" : "raw", null);
        }
    }

    private void Keep(bool isBetter, string which, double? score)
    {
        Counters.LooksWithoutGain = isBetter ? 0 : Counters.LooksWithoutGain + 1;
        if (!isBetter)
        {
            return;
        }

        (Counters.BestDsc, Counters.BestWeights, Counters.BestStep) = (score, which, Counters.Step);
        (which == "ema" ? _state.Mean : _state.Weights).CopyTo(_state.Best, 0);
        if (_dev is not null || _options.Selection != WeightSelection.DevDsc)
        {
            _writer.Write(_state);
        }
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
            Left = _time.GetElapsedTime(_began) * (left / Math.Max(1, done)),
            MemoryMiB = Environment.WorkingSet >> 20,
        });
    }

    private float[] FirstWeights()
    {
        var network = _workers[0].Network;
        if (_start.WeightsPath is not null)
        {
            using var checkpoint = Checkpoint.Open(_start.WeightsPath);
            checkpoint.LoadInto(network);
        }

        var weights = new float[_layout.Count];
        _layout.Gather(network, weights);
        return weights;
    }

    // What a run is; where it lies, and how often it is saved, is not part of that.
    private static string HashOf(TrainingOptions options, string dataHash, string? startHash)
    {
        var identity = options with
        {
            Out = string.Empty,
            Name = null,
            CheckpointMinutes = 0,
            Data = dataHash,
            CuratedData = null,
            InitialCheckpoint = options.InitialCheckpoint is null ? null : startHash,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(identity, ModelJson.Options)));
    }
}
