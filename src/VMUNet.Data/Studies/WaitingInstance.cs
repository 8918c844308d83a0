namespace VMUNet.Data.Studies;

/// <summary>An instance whose sender waits for its outcome.</summary>
/// <param name="instance">The instance.</param>
/// <param name="hasThread">Whether a thread waits, which can record a group.</param>
/// <param name="ct">Its sender's.</param>
internal sealed class WaitingInstance(ReceivedInstance instance, bool hasThread, CancellationToken ct)
{
    private readonly TaskCompletionSource<RecordOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly object _turn = new();
    private IReadOnlyList<WaitingInstance>? _group;

    public ReceivedInstance Instance { get; } = instance;

    public CancellationToken Cancellation { get; } = ct;

    public bool HasThread { get; } = hasThread;

    public Task<RecordOutcome> Outcome => _outcome.Task;

    public void Answer(RecordOutcome outcome)
    {
        _outcome.TrySetResult(outcome);
        Wake();
    }

    public void Fail(Exception why)
    {
        if (why is OperationCanceledException cancelled)
        {
            _outcome.TrySetCanceled(cancelled.CancellationToken);
        }
        else
        {
            _outcome.TrySetException(why);
        }
        Wake();
    }

    /// <summary>Answers with what the work gives: an outcome, a failure or a cancellation.</summary>
    public async Task AnswerAsync(Func<WaitingInstance, Task<RecordOutcome>> work)
    {
        try
        {
            Answer(await work(this));
        }
        catch (Exception e) // handed to the one who waits, who knows what to do with it
        {
            Fail(e);
        }
    }

    /// <summary>Gives its thread a group to record, itself in it.</summary>
    public void Promote(IReadOnlyList<WaitingInstance> group)
    {
        lock (_turn)
        {
            _group = group;
            Monitor.Pulse(_turn);
        }
    }

    /// <summary>Waits for the outcome, which another thread brings, or for a group to record.</summary>
    /// <returns>The group; null when the outcome is there.</returns>
    public IReadOnlyList<WaitingInstance>? WaitForTurn()
    {
        lock (_turn)
        {
            while (_group is null && !_outcome.Task.IsCompleted)
            {
                Monitor.Wait(_turn);
            }
            return _group;
        }
    }

    private void Wake()
    {
        lock (_turn)
        {
            Monitor.Pulse(_turn);
        }
    }
}
