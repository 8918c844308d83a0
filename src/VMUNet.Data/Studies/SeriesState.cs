namespace VMUNet.Data.Studies;

/// <summary>Where a series stands on its way through the product.</summary>
public enum SeriesState
{
    /// <summary>Instances arrive; the completion timer runs.</summary>
    Receiving,

    /// <summary>All instances are here; waits for the dispatcher.</summary>
    Complete,

    /// <summary>A job is in its queue.</summary>
    Queued,

    /// <summary>A worker holds the job's lease.</summary>
    Working,

    /// <summary>The result is stored (or nothing was found); deliveries may be due.</summary>
    Segmented,

    /// <summary>Every destination has acknowledged the result.</summary>
    Delivered,

    /// <summary>The archive has confirmed that it keeps the result.</summary>
    Verified,

    /// <summary>A reviewer's correction, matched, scored and offered to the curated pool.</summary>
    Admitted,

    /// <summary>Kept, no work to do (our own result that came back).</summary>
    Recorded,

    /// <summary>Input that we cannot use; the row says why.</summary>
    Refused,

    /// <summary>We broke; the row says how.</summary>
    Failed,
}

/// <summary>What can happen to a series.</summary>
public enum SeriesEvent
{
    /// <summary>One more instance was stored.</summary>
    InstanceArrived,

    /// <summary>The completion rule was met.</summary>
    Completed,

    /// <summary>The dispatcher wrote a job.</summary>
    Enqueued,

    /// <summary>A worker took the job (again, after a lost lease).</summary>
    Started,

    /// <summary>A result was stored.</summary>
    ResultStored,

    /// <summary>The last open delivery succeeded.</summary>
    DeliveryDone,

    /// <summary>The archive confirmed.</summary>
    ArchiveConfirmed,

    /// <summary>A correction was admitted.</summary>
    CorrectionAdmitted,

    /// <summary>Nothing to do with it.</summary>
    SetAside,

    /// <summary>Refused with a reason.</summary>
    Refuse,

    /// <summary>Failed with a reason.</summary>
    Fail,

    /// <summary>A person or a changed configuration asks for another attempt.</summary>
    Reopen,
}

/// <summary>The whole machine: every legal move of a series, in one table. What is not listed is illegal.</summary>
public static class SeriesStates
{
    private static readonly Dictionary<(SeriesState, SeriesEvent), SeriesState> Moves = new()
    {
        [(SeriesState.Receiving, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Receiving, SeriesEvent.Completed)] = SeriesState.Complete,
        [(SeriesState.Receiving, SeriesEvent.Refuse)] = SeriesState.Refused,

        // A late instance opens the next revision, whatever had become of the one before.
        [(SeriesState.Complete, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Queued, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Working, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Segmented, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Delivered, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Verified, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Admitted, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Recorded, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Refused, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,
        [(SeriesState.Failed, SeriesEvent.InstanceArrived)] = SeriesState.Receiving,

        [(SeriesState.Complete, SeriesEvent.Enqueued)] = SeriesState.Queued,
        [(SeriesState.Complete, SeriesEvent.Refuse)] = SeriesState.Refused,
        [(SeriesState.Complete, SeriesEvent.SetAside)] = SeriesState.Recorded,

        [(SeriesState.Queued, SeriesEvent.Started)] = SeriesState.Working,
        [(SeriesState.Queued, SeriesEvent.Fail)] = SeriesState.Failed,

        [(SeriesState.Working, SeriesEvent.Started)] = SeriesState.Working,
        [(SeriesState.Working, SeriesEvent.ResultStored)] = SeriesState.Segmented,
        [(SeriesState.Working, SeriesEvent.CorrectionAdmitted)] = SeriesState.Admitted,
        [(SeriesState.Working, SeriesEvent.SetAside)] = SeriesState.Recorded,
        [(SeriesState.Working, SeriesEvent.Refuse)] = SeriesState.Refused,
        [(SeriesState.Working, SeriesEvent.Fail)] = SeriesState.Failed,

        [(SeriesState.Segmented, SeriesEvent.DeliveryDone)] = SeriesState.Delivered,
        [(SeriesState.Delivered, SeriesEvent.ArchiveConfirmed)] = SeriesState.Verified,

        [(SeriesState.Refused, SeriesEvent.Reopen)] = SeriesState.Complete,
        [(SeriesState.Failed, SeriesEvent.Reopen)] = SeriesState.Complete,
    };

    /// <summary>The state after the event, or null where the event is illegal.</summary>
    public static SeriesState? Next(SeriesState state, SeriesEvent happened) =>
        Moves.TryGetValue((state, happened), out SeriesState next) ? next : null;
}

/// <summary>The event is not legal in the series' present state; nothing was changed.</summary>
public sealed class IllegalMoveException(string message) : InvalidOperationException(message);
