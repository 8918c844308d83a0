using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// Scores weights on the dev split, on the source grid, without views, thresholds and clean-up: pooled DSC for one-class pictures, the mean over
/// cases and present organs otherwise. Quick and only good for choosing; the evaluator gives the reported numbers.
/// </summary>
internal sealed class DevScorer
{
    private const int BatchSize = 4;
    private readonly TaskDefinition _task;
    private readonly TrainingLoss _loss;
    private readonly IReadOnlyList<SampleSource> _cases;

    public DevScorer(IReadOnlyList<DataCase> cases, TaskDefinition task, TrainingLoss loss, PreparedData prepared)
    {
        (_task, _loss) = (task, loss);
        _cases = [.. cases.Select(c => SampleSource.Of([c], task, prepared))];
    }

    /// <summary>Mean loss over the examples, one at a time, as the official recipe chooses its weights.</summary>
    public double Loss(IReadOnlyList<TrainingWorker> workers, WeightLayout layout, float[] weights, int size, TrainingRecipe recipe)
    {
        var sums = new double[_cases.Count];
        TrainingWorker.RunAll(workers, worker =>
        {
            layout.Scatter(weights, worker.Network);
            worker.Network.eval();
            for (var i = worker.Number; i < _cases.Count; i += workers.Count)
            {
                for (var n = 0; n < _cases[i].Count; n++)
                {
                    sums[i] += LossOf(worker.Network, _cases[i].Load(n, recipe == TrainingRecipe.Own ? size : int.MaxValue), size, recipe);
                }
            }

            worker.Network.train();
        });
        return sums.Sum() / _cases.Sum(c => c.Count); // in the order of cases, whichever thread was first
    }

    private double LossOf(VmUNet network, Sample sample, int size, TrainingRecipe recipe)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var input = empty(1, sample.Planes.Count, size, size); // (1, C, H, W)
        var target = empty(1, 1, size, size); // (1, 1, H, W)
        ExampleFill.Unchanged(
            sample, recipe, size, MemoryMarshal.Cast<byte, float>(input.bytes), MemoryMarshal.Cast<byte, float>(target.bytes), _task.Classes == 1);
        return _loss.Of(network.forward(input), target).item<float>();
    }

    /// <summary>Scores one set of weights with all workers; their networks keep these weights.</summary>
    public double Score(IReadOnlyList<TrainingWorker> workers, WeightLayout layout, float[] weights, int size)
    {
        var counts = new (long Overlap, long Sum)[_cases.Count, 256];
        TrainingWorker.RunAll(workers, worker =>
        {
            layout.Scatter(weights, worker.Network);
            worker.Network.eval();
            for (var i = worker.Number; i < _cases.Count; i += workers.Count)
            {
                Count(worker.Network, _cases[i], size, counts, i);
            }

            worker.Network.train();
        });

        return _task.Classes == 1 && _task.Kind == TaskKind.Picture ? Pooled(counts) : MeanOfOrgans(counts);
    }

    private void Count(VmUNet network, SampleSource source, int size, (long Overlap, long Sum)[,] counts, int index)
    {
        for (var from = 0; from < source.Count; from += BatchSize)
        {
            var batch = Enumerable.Range(from, Math.Min(BatchSize, source.Count - from)).Select(n => source.Load(n, size)).ToArray();
            var labels = SlicePredictor.Labels(network, batch, size, PredictionRules.Plain, _task.Labels[0].Value);
            for (var b = 0; b < batch.Length; b++)
            {
                var truth = batch[b].Labels.Span;
                var found = labels[b];
                for (var i = 0; i < found.Length; i++)
                {
                    counts[index, found[i]].Sum++;
                    counts[index, truth[i]].Sum++;
                    if (found[i] == truth[i])
                    {
                        counts[index, found[i]].Overlap++;
                    }
                }
            }
        }
    }

    private double Pooled((long Overlap, long Sum)[,] counts)
    {
        long overlap = 0, sum = 0;
        for (var i = 0; i < counts.GetLength(0); i++)
        {
            overlap += counts[i, _task.Labels[0].Value].Overlap;
            sum += counts[i, _task.Labels[0].Value].Sum;
        }

        return sum == 0 ? 0 : 2.0 * overlap / sum;
    }

    private double MeanOfOrgans((long Overlap, long Sum)[,] counts)
    {
        double total = 0;
        var pairs = 0;
        for (var i = 0; i < counts.GetLength(0); i++)
        {
            foreach (var label in _task.Labels)
            {
                var (overlap, sum) = counts[i, label.Value];
                if (sum > 0)
                {
                    total += 2.0 * overlap / sum;
                    pairs++;
                }
            }
        }

        return pairs == 0 ? 0 : total / pairs;
    }
}
