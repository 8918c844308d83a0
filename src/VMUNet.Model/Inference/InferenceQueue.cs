using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace VMUNet.Model;

/// <summary>
/// Dedicated threads for tensor work. Jobs hand in work and await it, so that however many jobs run, tensor threads do not
/// exceed the cores: the process's threads (<see cref="TorchRuntime"/>) are shared out equally between these. The queue is
/// bounded; a full queue makes the caller wait.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, though not a collection.")]
public sealed class InferenceQueue : IDisposable
{
    private readonly Channel _work;
    private readonly Thread[] _threads;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Pieces of work that run at once.</param>
    /// <param name="capacity">Pieces of work that may wait.</param>
    public InferenceQueue(int threads = 1, int capacity = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _work = new Channel(capacity);
        _threads = new Thread[threads];
        for (var i = 0; i < threads; i++)
        {
            _threads[i] = new Thread(Run) { IsBackground = true, Name = $"inference {i}" };
            _threads[i].Start();
        }
    }

    /// <summary>Runs work on one of the threads.</summary>
    /// <param name="work">Synchronous work; it should look at the token between slices.</param>
    /// <param name="cancellationToken">Takes the work out of the queue, or asks it to stop.</param>
    /// <returns>The work's result, fault or cancellation.</returns>
    /// <exception cref="ObjectDisposedException">The queue was closed.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _work.AddAsync(() => Complete(done, work, cancellationToken), cancellationToken);
        return await done.Task;
    }

    /// <summary>Lets the work that was handed in end, then stops the threads.</summary>
    public void Dispose()
    {
        _work.Close();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _work.Dispose();
    }

    private static void Complete<T>(TaskCompletionSource<T> done, Func<CancellationToken, T> work, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            done.SetResult(work(cancellationToken));
        }
        catch (OperationCanceledException e)
        {
            done.SetCanceled(e.CancellationToken);
        }
#pragma warning disable CA1031 // carried to the awaiting job
        catch (Exception e)
#pragma warning restore CA1031
        {
            done.SetException(e);
        }
    }

    private void Run()
    {
        var isConfigured = false;
        foreach (var item in _work.Items())
        {
            if (!isConfigured)
            {
                // With the first work, not at the start: loading libtorch takes seconds that a process without jobs
                // need not spend.
                TorchRuntime.UseOnThisThread(Math.Max(1, TorchRuntime.Threads / _threads.Length));
                isConfigured = true;
            }

            item();
        }
    }

    /// <summary>Bounded queue: asynchronous on the side of the jobs, blocking on the side of the threads.</summary>
    private sealed class Channel(int capacity) : IDisposable
    {
        private readonly SemaphoreSlim _room = new(capacity);
        private readonly BlockingCollection<Action> _items = [];

        public async Task AddAsync(Action item, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_items.IsAddingCompleted, typeof(InferenceQueue));
            await _room.WaitAsync(cancellationToken);
            _items.Add(item, CancellationToken.None);
        }

        public IEnumerable<Action> Items()
        {
            foreach (var item in _items.GetConsumingEnumerable())
            {
                _room.Release();
                yield return item;
            }
        }

        public void Close() => _items.CompleteAdding();

        public void Dispose()
        {
            _items.Dispose();
            _room.Dispose();
        }
    }
}
