namespace VMUNet.Data.Studies;

/// <summary>
/// Gathers the instances of a series that wait at the same time, so that one transaction records them all. One group of a
/// series is under way at a time; unlike series do not wait for each other. An instance that finds nobody before it is
/// recorded at once, without delay. A group is recorded on the thread of one of those who wait in it, where there is one.
/// </summary>
/// <param name="record">Records a group and answers each of its members; does not throw.</param>
internal sealed class RecordLanes(Action<IReadOnlyList<WaitingInstance>> record)
{
    /// <summary>Most instances of one transaction.</summary>
    public const int MostTogether = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<WaitingInstance>> _lanes = [];

    /// <summary>Records the instance together with those of its series that wait by then; the caller's thread waits.</summary>
    public RecordOutcome Add(ReceivedInstance instance, CancellationToken ct)
    {
        var waiting = new WaitingInstance(instance, hasThread: true, ct);
        if (Enter(waiting))
        {
            Lead([waiting]);
        }
        else if (waiting.WaitForTurn() is { } group)
        {
            Lead(group);
        }
        return waiting.Outcome.GetAwaiter().GetResult();
    }

    /// <summary>The same without a thread that waits.</summary>
    public Task<RecordOutcome> AddAsync(ReceivedInstance instance, CancellationToken ct)
    {
        var waiting = new WaitingInstance(instance, hasThread: false, ct);
        if (Enter(waiting))
        {
            LeadElsewhere([waiting]);
        }
        return waiting.Outcome;
    }

    // False: somebody is before it, and it stands in the queue.
    private bool Enter(WaitingInstance waiting)
    {
        lock (_gate)
        {
            if (_lanes.TryGetValue(waiting.Instance.SeriesInstanceUid, out Queue<WaitingInstance>? lane))
            {
                lane.Enqueue(waiting);
                return false;
            }
            _lanes.Add(waiting.Instance.SeriesInstanceUid, new Queue<WaitingInstance>());
            return true;
        }
    }

    // One group, then the lane is handed on: nobody works for others after his own answer is there.
    private void Lead(IReadOnlyList<WaitingInstance> group)
    {
        record(group);
        List<WaitingInstance> next = Next(group[0].Instance.SeriesInstanceUid);
        if (next.FirstOrDefault(w => w.HasThread) is { } leader)
        {
            leader.Promote(next);
        }
        else if (next.Count > 0)
        {
            LeadElsewhere(next);
        }
    }

    // On a thread of its own: it waits for the database, and as many as there are series would leave the pool none.
    private void LeadElsewhere(IReadOnlyList<WaitingInstance> group) => _ = Task.Factory.StartNew(
        () => Lead(group), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

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
