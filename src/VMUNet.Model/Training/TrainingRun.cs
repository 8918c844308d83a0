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
    private const long AugmentPurpose = 3;
    private const long DropPathPurpose = 4;
    private const int ReportEverySteps = 20;
    private const int MostSkippedInRow = 10;

    private readonly TrainingOptions _options;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly TimeProvider _time;
    private readonly TaskDefinition _task;
    private readonly AugmentationRecipe _recipe;
    private readonly Schedule _schedule;
    private readonly TrainingMix _mix;
    private readonly DevScorer? _dev;
    private readonly WeightLayout _layout;
    private readonly ModelWriter _writer;
    private readonly List<TrainingWorker> _workers = [];
    private readonly TrainingState _state;
    private readonly float[] _gradient;
    private readonly float[][] _gradients;
    private readonly string _optionsHash;

    public TrainingRun(TrainingOptions options, IProgress<TrainingProgress>? progress, TimeProvider time, DicomCaseReader? dicom)
    {
        _options = options;
        _progress = progress;
        _time = time;
        Directory.CreateDirectory(options.Out);

        var start = StartingPoint.Of(options);
        _task = start.Task;
        _recipe = options.Augmentation
            ?? (_task.Kind == TaskKind.Picture ? AugmentationRecipe.Photograph : AugmentationRecipe.AxialSlice);
        if (_recipe.FlipColumns && _recipe.QuarterTurns && _task.Exchange.Count > 0)
        {
            throw new BadInputException($"Task {_task.Name} has left and right organs; quarter turns would exchange them unseen.");
        }

        var data = DataSet.Open(options.Data, dicom);
        _schedule = new Schedule(options);
        _mix = TrainingMix.Of(options, data, _task);
        _dev = options.DevSplit is null ? null : new DevScorer(data.Split(options.DevSplit), _task);
        _optionsHash = HashOf(options, _mix.ManifestSha256);

        for (var i = 0; i < options.Workers; i++)
        {
            var network = new VmUNet(start.Config, ScanKind.Managed, options.Seed);
            network.train();
            _layout ??= WeightLayout.Of(network);
            _workers.Add(new TrainingWorker(i, network, _layout.Count));
        }

        _gradient = new float[_layout!.Count];
        _gradients = [.. _workers.Select(w => w.Gradient)];
        _writer = new ModelWriter(options, start, _layout, _mix);
        _state = TrainingState.Load(options.Out, _optionsHash, _layout.Count) ?? new TrainingState(FirstWeights(start));
    }

    /// <summary>Trains from the present step to the last.</summary>
    public TrainingResult Complete(CancellationToken cancellationToken)
    {
        var counters = _state.Counters;
        var began = _time.GetTimestamp();
        var saved = began;
        var firstStep = counters.Step;
        while (counters.Step < _schedule.Steps)
        {
            if (_schedule.ChangesSizeAt(counters.Step))
            {
                _state.ResetMean();
                counters.BestDsc = null;
            }

            Step(counters.Step);
            counters.Step++;
            var last = counters.Step == _schedule.Steps;
            if (last || counters.Step % _options.DevEverySteps == 0 || _schedule.ChangesSizeAt(counters.Step))
            {
                LookAtDev(counters, began, firstStep);
            }
            else if (counters.Step % ReportEverySteps == 0)
            {
                Report(counters, began, firstStep, null);
            }

            if (last || cancellationToken.IsCancellationRequested
                || _time.GetElapsedTime(saved) >= TimeSpan.FromMinutes(_options.CheckpointMinutes))
            {
                _state.Save(_options.Out, _optionsHash);
                saved = _time.GetTimestamp();
            }

            cancellationToken.ThrowIfCancellationRequested();
        }

        return _writer.Write(_state);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            worker.Dispose();
        }
    }

    private void Step(int step)
    {
        var size = _schedule.SizeAt(step);
        TrainingWorker.RunAll(_workers, worker => Work(worker, step, size));

        var counters = _state.Counters;
        var loss = _workers.Sum(worker => worker.Loss);
        FlatArray.Sum(_gradient, _gradients); // fixed order: the sum does not depend on which thread was first
        var norm = FlatArray.Norm(_gradient);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            counters.Skipped++;
            if (++counters.SkippedInRow > MostSkippedInRow)
            {
                throw new TrainingFailedException(
                    $"Loss {loss} and gradient norm {norm} at step {step}, {MostSkippedInRow} steps one after the other; "
                    + "use a lower learning rate.");
            }

            return;
        }

        counters.SkippedInRow = 0;
        counters.LossSum += loss;
        counters.LossCount++;
        var scale = Math.Min(1, _options.ClipNorm / (norm + 1e-6));
        _state.Optimiser.Step(
            _state.Weights, _gradient, scale, _schedule.RateAt(step), _layout.Decayed, _options.WeightDecay);
        _state.UpdateMean(_options.EmaDecay);
    }

    private void Work(TrainingWorker worker, int step, int size)
    {
        using var scope = NewDisposeScope();
        _layout.Scatter(_state.Weights, worker.Network);
        worker.Network.ReseedDropPath(
            new SeededRandom(_options.Seed, DropPathPurpose, step, worker.Number).Next(int.MaxValue));

        var count = _options.Batch / _workers.Count;
        var plane = size * size;
        var input = empty(count, 3, size, size); // (B, 3, H, W)
        var target = empty(count, 1, size, size); // (B, 1, H, W)
        var pixels = MemoryMarshal.Cast<byte, float>(input.bytes);
        var labels = MemoryMarshal.Cast<byte, float>(target.bytes);
        for (var i = 0; i < count; i++)
        {
            var slot = worker.Number * count + i;
            var number = (long)step * _options.Batch + slot;
            Augmenter.Fill(
                _mix.Take(step, slot, size),
                _recipe,
                new SeededRandom(_options.Seed, AugmentPurpose, number),
                size,
                _task.Exchange,
                pixels.Slice(i * 3 * plane, 3 * plane),
                labels.Slice(i * plane, plane),
                _task.Classes == 1);
        }

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

    private void LookAtDev(TrainingCounters counters, long began, int firstStep)
    {
        var size = _schedule.SizeAt(counters.Step - 1);
        double? mean = null, raw = null;
        if (_dev is not null)
        {
            mean = _dev.Score(_workers, _layout, _state.Mean, size);
            raw = _dev.Score(_workers, _layout, _state.Weights, size);
            var best = Math.Max(mean.Value, raw.Value);
            if (counters.BestDsc is null || best > counters.BestDsc)
            {
                counters.BestDsc = best;
                counters.BestWeights = mean >= raw ? "ema" : "raw";
                counters.BestStep = counters.Step;
                (mean >= raw ? _state.Mean : _state.Weights).CopyTo(_state.Best, 0);
                _writer.Write(_state);
            }
        }
        else
        {
            counters.BestWeights = "ema";
            counters.BestStep = counters.Step;
            _state.Mean.CopyTo(_state.Best, 0);
        }

        counters.Curve.Add(new TrainingPoint(
            counters.Step, (long)counters.Step * _options.Batch, size, counters.LossSum / Math.Max(1, counters.LossCount), mean, raw));
        Report(counters, began, firstStep, counters.Curve[^1]);
        (counters.LossSum, counters.LossCount) = (0, 0);
    }

    private void Report(TrainingCounters counters, long began, int firstStep, TrainingPoint? point)
    {
        if (_progress is null)
        {
            return;
        }

        var elapsed = _time.GetElapsedTime(began);
        var done = _schedule.WorkBefore(counters.Step) - _schedule.WorkBefore(firstStep);
        var left = _schedule.WorkBefore(_schedule.Steps) - _schedule.WorkBefore(counters.Step);
        _progress.Report(new TrainingProgress
        {
            Step = counters.Step,
            Steps = _schedule.Steps,
            Images = (long)counters.Step * _options.Batch,
            Size = _schedule.SizeAt(counters.Step - 1),
            Loss = counters.LossSum / Math.Max(1, counters.LossCount),
            Rate = _schedule.RateAt(counters.Step - 1),
            DevDscMean = point?.DevDscMean,
            DevDscRaw = point?.DevDscRaw,
            BestDsc = counters.BestDsc,
            Elapsed = elapsed,
            Left = elapsed * (left / Math.Max(1, done)),
            MemoryMiB = Environment.WorkingSet >> 20,
        });
    }

    private float[] FirstWeights(StartingPoint start)
    {
        if (start.WeightsPath is not null)
        {
            Weights.LoadInto(_workers[0].Network, start.WeightsPath);
        }

        var weights = new float[_layout.Count];
        _layout.Gather(_workers[0].Network, weights);
        return weights;
    }

    private static string HashOf(TrainingOptions options, string dataHash)
    {
        var identity = options with { Out = string.Empty, Name = null, CheckpointMinutes = 0, Data = dataHash, CuratedData = null };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(identity, ModelJson.Options)));
    }
}
