namespace VMUNet.Data.Studies;

/// <summary>
/// Gathers the instances of a series that wait at the same time, so that one transaction records them all. One group of a
/// series is under way at a time; unlike series do not wait for each other. An instance that finds nobody before it is
/// recorded at once, without delay.
/// </summary>
/// <param name="record">Records a group and answers each of its members; does not throw.</param>
internal sealed class RecordLanes(Func<IReadOnlyList<WaitingInstance>, Task> record)
{
    /// <summary>Most instances of one transaction.</summary>
    public const int MostTogether = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<WaitingInstance>> _lanes = [];

    /// <summary>Records the instance together with those of its series that wait by then.</summary>
    public Task<RecordOutcome> AddAsync(ReceivedInstance instance, CancellationToken ct)
    {
        var waiting = new WaitingInstance(instance, ct);
        lock (_gate)
        {
            if (_lanes.TryGetValue(instance.SeriesInstanceUid, out Queue<WaitingInstance>? lane))
            {
                lane.Enqueue(waiting);
                return waiting.Outcome;
            }
            _lanes.Add(instance.SeriesInstanceUid, new Queue<WaitingInstance>());
        }
        // Answers through the waiting instances, never by an exception. Not on the caller's thread or its context: the lane
        // outlives the call, and whoever waits must not depend on what the first caller does next.
        _ = Task.Run(() => RunAsync(waiting), CancellationToken.None);
        return waiting.Outcome;
    }

    private async Task RunAsync(WaitingInstance first)
    {
        string series = first.Instance.SeriesInstanceUid;
        for (List<WaitingInstance> group = [first]; group.Count > 0; group = Next(series))
        {
            await record(group);
        }
    }

    // In the order of arrival; an empty lane is closed under the same lock, so nobody is left behind in it.
    private List<WaitingInstance> Next(string series)
    {
        lock (_gate)
        {
            Queue<WaitingInstance> lane = _lanes[series];
            var group = new List<WaitingInstance>();
            while (group.Count < MostTogether && lane.TryDequeue(out WaitingInstance? waiting))
            {
                group.Add(waiting);
            }
            if (group.Count == 0)
            {
                _lanes.Remove(series);
            }
            return group;
        }
    }
}

/// <summary>An instance whose sender waits for its outcome.</summary>
internal sealed class WaitingInstance(ReceivedInstance instance, CancellationToken ct)
{
    private readonly TaskCompletionSource<RecordOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReceivedInstance Instance { get; } = instance;

    public CancellationToken Cancellation { get; } = ct;

    public Task<RecordOutcome> Outcome => _outcome.Task;

    public void Answer(RecordOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception why) => _outcome.TrySetException(why);

    /// <summary>Answers with what the work gives: an outcome, a failure or a cancellation.</summary>
    public async Task AnswerAsync(Func<WaitingInstance, Task<RecordOutcome>> work)
    {
        try
        {
            _outcome.TrySetResult(await work(this));
        }
        catch (OperationCanceledException e)
        {
            _outcome.TrySetCanceled(e.CancellationToken);
        }
        catch (Exception e) // handed to the one who waits, who knows what to do with it
        {
            _outcome.TrySetException(e);
        }
    }
}
