namespace VMUNet.Dimse;

/// <summary>
/// A thread that carries one connection from accept to close: whatever the work awaits goes on here afterwards, so that
/// waiting for the peer or the disk holds no thread that others need.
/// </summary>
internal sealed class ConversationThread : SynchronizationContext
{
    // Handshake, database driver and parser stay far below it; only touched pages take memory.
    private const int StackBytes = 1_048_576;

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private bool _hasEnded;

    private ConversationThread()
    {
    }

    /// <summary>Begins the work on a new thread; the result ends with it.</summary>
    public static Task RunAsync(string name, Func<Task> work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var context = new ConversationThread();
        new Thread(() => context.Run(work, ended), StackBytes) { IsBackground = true, Name = name }.Start();
        return ended.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_queue)
        {
            if (!_hasEnded)
            {
                _queue.Enqueue((d, state));
                Monitor.Pulse(_queue);
                return;
            }
        }

        ThreadPool.QueueUserWorkItem(_ => d(state)); // nobody waits for it here any more
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    private void Run(Func<Task> work, TaskCompletionSource ended)
    {
        SetSynchronizationContext(this);
        var task = work();
        task.ContinueWith(
            _ => Post(static _ => { }, null), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        while (!task.IsCompleted)
        {
            var (callback, state) = Take();
            callback(state);
        }

        End();
        ended.SetFromTask(task);
    }

    private (SendOrPostCallback Callback, object? State) Take()
    {
        lock (_queue)
        {
            while (_queue.Count == 0)
            {
                Monitor.Wait(_queue);
            }

            return _queue.Dequeue();
        }
    }

    private void End()
    {
        lock (_queue)
        {
            _hasEnded = true;
            foreach (var (callback, state) in _queue)
            {
                ThreadPool.QueueUserWorkItem(_ => callback(state));
            }
        }
    }
}
