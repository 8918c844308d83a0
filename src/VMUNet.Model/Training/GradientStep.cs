using System.Runtime.InteropServices;
using TorchSharp;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>The threads of a run with their networks: they turn weights and a batch into the gradient of its loss.</summary>
internal sealed class GradientStep : IDisposable
{
    private const long DropPathPurpose = 4;
    private readonly TrainingOptions _options;
    private readonly TrainingLoss _loss;
    private readonly List<TrainingWorker> _workers = [];
    private readonly float[][] _parts;

    /// <summary>Starts the threads.</summary>
    public GradientStep(TrainingOptions options, StartingPoint start, TrainingLoss loss)
    {
        (_options, _loss) = (options, loss);
        for (var i = 0; i < options.Workers; i++)
        {
            var network = new VmUNet(start.Config, ScanKind.Managed, options.Seed);
            var heads = options.DeepSupervisionWeight > 0 ? new DeepSupervision(start.Config, options.Seed) : null;
            network.train();
            Layout ??= WeightLayout.Of(network, heads);
            _workers.Add(new TrainingWorker(i, network, Layout.Count, heads));
        }

        Gradient = new float[Layout!.Count];
        _parts = [.. _workers.Select(w => w.Gradient)];
    }

    /// <summary>The threads, in the order of their parts of a batch.</summary>
    public IReadOnlyList<TrainingWorker> Workers => _workers;

    /// <summary>Where each tensor lies in the flat arrays.</summary>
    public WeightLayout Layout { get; }

    /// <summary>Gradient of the last batch.</summary>
    public float[] Gradient { get; }

    /// <summary>Weights that a run starts from: random ones, with those of a file in their place.</summary>
    /// <param name="file">A checkpoint; null for none.</param>
    public float[] FirstWeights(string? file)
    {
        var first = _workers[0];
        if (file is not null)
        {
            using var checkpoint = Checkpoint.Open(file);
            checkpoint.LoadInto(first.Network);
        }

        var weights = new float[Layout.Count];
        Layout.Gather(first.Network, weights, first.Heads);
        return weights;
    }

    /// <summary>Sets <see cref="Gradient"/>; returns the batch's mean loss and the gradient's norm.</summary>
    public (double Loss, double Norm) Take(float[] weights, BatchReader.Batch batch, int step, int size)
    {
        TrainingWorker.RunAll(_workers, worker => Work(worker, weights, batch, step, size));
        FlatArray.Sum(Gradient, _parts); // fixed order: the sum does not depend on which thread was first
        return (_workers.Sum(worker => worker.Loss), FlatArray.Norm(Gradient));
    }

    /// <inheritdoc/>
    public void Dispose() => _workers.ForEach(worker => worker.Dispose());

    private void Work(TrainingWorker worker, float[] weights, BatchReader.Batch batch, int step, int size)
    {
        using var scope = NewDisposeScope();
        Layout.Scatter(weights, worker.Network, worker.Heads);
        worker.Network.ReseedDropPath(
            new SeededRandom(_options.Seed, DropPathPurpose, step, worker.Number).Next(int.MaxValue));

        var count = _options.Batch / _workers.Count;
        var plane = size * size;
        var input = empty(count, 3, size, size); // (B, 3, H, W)
        var target = empty(count, 1, size, size); // (B, 1, H, W)
        batch.Pixels.AsSpan(worker.Number * count * 3 * plane, count * 3 * plane).CopyTo(MemoryMarshal.Cast<byte, float>(input.bytes));
        batch.Labels.AsSpan(worker.Number * count * plane, count * plane).CopyTo(MemoryMarshal.Cast<byte, float>(target.bytes));

        var total = LossOf(worker, input, target);
        using var workers = ((double)_workers.Count).ToScalar();
        var share = total / workers;
        Autograd.Backward(share);
        worker.Loss = share.item<float>();
        Layout.TakeGradients(worker.Network, worker.Gradient, worker.Heads);
    }

    private Tensor LossOf(TrainingWorker worker, Tensor input, Tensor target)
    {
        if (worker.Heads is null)
        {
            return _loss.Of(worker.Network.forward(input), target);
        }

        var stages = new Tensor[DeepSupervision.Stages];
        var logits = worker.Network.Logits(input, stages);
        return _loss.Of(logits, worker.Heads.forward(stages), target);
    }
}
