using System.Runtime.ExceptionServices;

namespace VMUNet.Model;

/// <summary>A dedicated thread with its own copy of the network: it takes a part of every batch.</summary>
internal sealed class TrainingWorker : IDisposable
{
    private readonly Thread _thread;
    private readonly SemaphoreSlim _begin = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private Action<TrainingWorker>? _work;
    private ExceptionDispatchInfo? _fault;

    /// <summary>Starts the thread.</summary>
    /// <param name="number">Place of this worker's gradient in the sum.</param>
    /// <param name="network">Owned from now on.</param>
    /// <param name="weights">Length of the flat gradient.</param>
    /// <param name="heads">Heads of the coarser scales, owned too; null for none.</param>
    public TrainingWorker(int number, VmUNet network, int weights, DeepSupervision? heads = null)
    {
        Number = number;
        Network = network;
        Heads = heads;
        Gradient = new float[weights];
        _thread = new Thread(Run) { IsBackground = true, Name = $"training worker {number}" };
        _thread.Start();
    }

    /// <summary>Place in the batch and in the sum of gradients.</summary>
    public int Number { get; }

    /// <summary>The worker's own network.</summary>
    public VmUNet Network { get; }

    /// <summary>The worker's own heads of the coarser scales; null where the loss has none.</summary>
    public DeepSupervision? Heads { get; }

    /// <summary>Gradient of the last step.</summary>
    public float[] Gradient { get; }

    /// <summary>Loss of the last step, this worker's share of the mean.</summary>
    public double Loss { get; set; }

    /// <summary>Runs the same work on all workers at once and waits; the first fault is thrown again here.</summary>
    public static void RunAll(IReadOnlyList<TrainingWorker> workers, Action<TrainingWorker> work)
    {
        foreach (var worker in workers)
        {
            worker._work = work;
            worker._begin.Release();
        }

        foreach (var worker in workers)
        {
            worker._done.Wait();
        }

        foreach (var worker in workers)
        {
            worker._fault?.Throw();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work = null;
        _begin.Release();
        _thread.Join();
        _begin.Dispose();
        _done.Dispose();
        Network.Dispose();
        Heads?.Dispose();
    }

    private void Run()
    {
        TorchRuntime.UseOnThisThread(1);
        while (true)
        {
            _begin.Wait();
            if (_work is null)
            {
                return;
            }

            try
            {
                _work(this);
            }
#pragma warning disable CA1031 // carried to the thread that waits and thrown again there
            catch (Exception e)
#pragma warning restore CA1031
            {
                _fault = ExceptionDispatchInfo.Capture(e);
            }

            _done.Release();
        }
    }
}
