namespace VMUNet.Model;

/// <summary>
/// Makes the examples of the next step in the background while the networks compute this one. What a step gets is a function of the
/// options alone, so neither threads nor a stop change it; memory is that of two batches.
/// </summary>
internal sealed class BatchReader : IDisposable
{
    private const long AugmentPurpose = 3;
    private const long PatchPurpose = 5;

    private readonly TrainingOptions _options;
    private readonly TrainingMix _mix;
    private readonly AugmentationRecipe _own;
    private readonly IReadOnlyDictionary<byte, byte> _exchange;
    private readonly bool _isOneClass;
    private readonly Batch[] _buffers = [new Batch(), new Batch()];
    private (int Step, int Size, Task<Batch> Work)? _ahead;

    /// <summary>Prepares nothing yet.</summary>
    public BatchReader(TrainingOptions options, TrainingMix mix, AugmentationRecipe own, TaskDefinition task)
    {
        (_options, _mix, _own) = (options, mix, own);
        (_exchange, _isOneClass) = (task.Exchange, task.Classes == 1);
    }

    /// <summary>The examples of a step; valid until the step after the next is asked for.</summary>
    /// <param name="step">Step.</param>
    /// <param name="size">Its size.</param>
    /// <param name="nextSize">Size of the step after it; 0 when there is none.</param>
    public Batch Take(int step, int size, int nextSize)
    {
        if (_ahead is not { } ahead || ahead.Step != step || ahead.Size != size)
        {
            Forget();
            ahead = (step, size, Task.FromResult(Made(step, size)));
        }

        var batch = ahead.Work.GetAwaiter().GetResult();
        _ahead = nextSize == 0 ? null : (step + 1, nextSize, Task.Factory.StartNew(
            () => Made(step + 1, nextSize), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        return batch;
    }

    /// <summary>Waits for the work in the background and forgets it.</summary>
    public void Dispose() => Forget();

    private void Forget()
    {
        if (_ahead is { } ahead)
        {
            ((IAsyncResult)ahead.Work).AsyncWaitHandle.WaitOne();
            _ = ahead.Work.Exception; // whatever it was, nobody asks for these examples any more
            _ahead = null;
        }
    }

    private Batch Made(int step, int size)
    {
        var plane = size * size;
        var batch = _buffers[step % _buffers.Length];
        batch.Lay(_options.Batch, plane);
        for (var slot = 0; slot < _options.Batch; slot++)
        {
            var number = (long)step * _options.Batch + slot;
            var patch = SamplePatch.Draw(_options.PatchShare, new SeededRandom(_options.Seed, PatchPurpose, number));
            var sample = _mix.Take(step, slot, _options.Recipe == TrainingRecipe.Own ? patch.WholeAt(size) : int.MaxValue);
            ExampleFill.Changed(
                sample with { Patch = patch },
                _options.Recipe,
                _own,
                new SeededRandom(_options.Seed, AugmentPurpose, number),
                size,
                _exchange,
                batch.Pixels.AsSpan(slot * Batch.Channels * plane, Batch.Channels * plane),
                batch.Labels.AsSpan(slot * plane, plane),
                _isOneClass);
        }

        return batch;
    }

    /// <summary>Examples ready for the networks.</summary>
    internal sealed class Batch
    {
        /// <summary>Channels of an example.</summary>
        public const int Channels = 3;

        /// <summary>Examples x 3 x size x size values, at least.</summary>
        public float[] Pixels { get; private set; } = [];

        /// <summary>Examples x size x size labels or shares, at least.</summary>
        public float[] Labels { get; private set; } = [];

        /// <summary>Makes room.</summary>
        public void Lay(int examples, int plane)
        {
            if (Pixels.Length < examples * Channels * plane)
            {
                Pixels = new float[examples * Channels * plane];
                Labels = new float[examples * plane];
            }
        }
    }
}
