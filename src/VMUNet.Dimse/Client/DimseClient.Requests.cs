namespace VMUNet.Dimse;

/// <summary>Query, retrieval and storage commitment; identifiers go and come as bytes.</summary>
public sealed partial class DimseClient
{
    private const int MaxIdentifier = 4 * 1024 * 1024;

    // Taken and answered, not handed out yet.
    private readonly Queue<EventReport> _events = new();

    /// <summary>
    /// Given each storage commitment event before it is answered; what it returns is the answer. An event that must not be lost
    /// is kept here. Null answers every event with success.
    /// </summary>
    public Func<EventReport, CancellationToken, Task<DimseStatus>>? OnEvent { get; set; }

    /// <summary>True when a context of this class was accepted.</summary>
    public bool CanRequest(string sopClass) => ContextFor(sopClass, null) is not null;

    /// <summary>Transfer syntax that was accepted for this class: identifiers are written in it.</summary>
    /// <exception cref="DimseClientException">None was.</exception>
    public string SyntaxFor(string sopClass) =>
        (ContextFor(sopClass, null) ?? throw NotAccepted(sopClass, "any")).TransferSyntax;

    /// <summary>C-FIND (PS3.4 C.4.1).</summary>
    /// <param name="model">SOP class of the query model, with an accepted context.</param>
    /// <param name="identifier">Keys, in <see cref="SyntaxFor"/>.</param>
    /// <param name="limit">Matches after which the query is cancelled.</param>
    /// <param name="onMatch">Given each match, in <see cref="SyntaxFor"/>.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    /// <returns>The final status; 0 also when we cancelled at the limit.</returns>
    public async Task<DimseStatus> FindAsync(
        string model, byte[] identifier, int limit, Action<byte[]> onMatch, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(onMatch);
        var matches = 0;
        var status = await RequestAsync(
            model,
            number => CommandSet.FindRequest(number, model),
            identifier,
            (response, dataSet) =>
            {
                if (dataSet is not null && matches < limit)
                {
                    matches++;
                    onMatch(dataSet);
                }

                return matches < limit;
            },
            ct);
        return status.Code == DimseStatus.CancelledCode && matches >= limit ? DimseStatus.Success : status;
    }

    /// <summary>C-MOVE (PS3.4 C.4.2): the peer sends the objects to a third title that it knows.</summary>
    /// <param name="model">SOP class of the retrieval model, with an accepted context.</param>
    /// <param name="identifier">Unique keys, in <see cref="SyntaxFor"/>.</param>
    /// <param name="destination">Title to send to.</param>
    /// <param name="onProgress">Given the counts of each response.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    public Task<DimseStatus> MoveAsync(
        string model, byte[] identifier, string destination, Action<MoveProgress> onProgress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(onProgress);
        return RequestAsync(
            model,
            number => CommandSet.MoveRequest(number, model, destination),
            identifier,
            (response, _) =>
            {
                var (remaining, completed, failed, warning) = response.SubOperations;
                onProgress(new MoveProgress(remaining, completed, failed, warning));
                return true;
            },
            ct);
    }

    /// <summary>N-ACTION that asks for a storage commitment (PS3.4 J.3.2).</summary>
    /// <param name="dataSet">Transaction UID and referenced objects, in <see cref="SyntaxFor"/>.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    public Task<DimseStatus> RequestCommitmentAsync(byte[] dataSet, CancellationToken ct) => RequestAsync(
        SopClasses.StorageCommitmentPush,
        number => CommandSet.ActionRequest(
            number, SopClasses.StorageCommitmentPush, SopClasses.StorageCommitmentPushInstance, actionType: 1),
        dataSet,
        (_, _) => true,
        ct);

    /// <summary>Waits for the commitment's event on this same association, and answers it when it comes.</summary>
    /// <returns>The event, which may have come before the response to its request; null when none came that was answered with
    /// success, and the association goes on.</returns>
    public async Task<EventReport?> WaitForEventAsync(TimeSpan patience, CancellationToken ct) => await GuardAsync(async () =>
    {
        if (_events.TryDequeue(out var early))
        {
            return early;
        }

        if (!_channel!.HasUnread && !await _connection.WaitAsync(patience, ct))
        {
            return null;
        }

        var (command, dataSet) = await NextMessageAsync(ct);
        await TakeRequestAsync(command, dataSet, ct);
        return _events.TryDequeue(out var report) ? report : null;
    });

    private async Task<DimseStatus> RequestAsync(
        string sopClass, Func<ushort, CommandSet> command, byte[] dataSet, Func<CommandSet, byte[]?, bool> onResponse,
        CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(dataSet);
        var context = ContextFor(sopClass, null) ?? throw NotAccepted(sopClass, "any");
        return await GuardAsync(async () =>
        {
            var request = command(++_messageId);
            await _channel!.SendCommandAsync(context.Id, request, _maxValue, ct);
            await SendDataSetAsync(context.Id, new MemoryStream(dataSet), dataSet.Length, ct);
            var isCancelled = false;
            while (true)
            {
                var (set, received) = await ResponseWithDataAsync(request, ct);
                var goesOn = onResponse(set, received);
                if ((set.Status & 0xFF00) != 0xFF00) // FF00 and FF01: more responses follow
                {
                    return new DimseStatus(set.Status, set.ErrorComment);
                }

                if (!goesOn && !isCancelled)
                {
                    isCancelled = true;
                    await _channel.SendCommandAsync(context.Id, CommandSet.Cancel(request.MessageId), _maxValue, ct);
                }
            }
        });
    }

    private async Task<(CommandSet Set, byte[]? DataSet)> ResponseWithDataAsync(CommandSet request, CancellationToken ct)
    {
        while (true)
        {
            var (command, dataSet) = await NextMessageAsync(ct);
            var set = command.Set;
            if (set.Field == (request.Field | CommandField.ResponseBit) && set.RespondedTo == request.MessageId)
            {
                return (set, dataSet);
            }

            await TakeRequestAsync(command, dataSet, ct);
        }
    }

    private async Task<(Command Command, byte[]? DataSet)> NextMessageAsync(CancellationToken ct)
    {
        var (command, end) = await _channel!.ReadCommandAsync(_options.ResponseTimeout, ct);
        if (command is null)
        {
            throw Lost(end as Indication.Ended ?? await AnswerReleaseAsync(ct));
        }

        var hasDataSet = command.Set.HasDataSet;
        var dataSet = hasDataSet ? await _channel.OpenDataSet(command.Context).ReadAllAsync(MaxIdentifier, ct) : null;
        if (hasDataSet && dataSet is null)
        {
            await _upperLayer.AbortAsync(AbortReason.NotSpecified, CancellationToken.None);
            throw new DimseClientException(DimseClientFault.ProtocolError, "The peer's identifier is over 4 MiB.");
        }

        return (command, dataSet);
    }

    // An archive may report before it answers the request (PS3.4 J.3.3 sets no order). Everything else is not for us; a
    // response that matches nothing, and a cancel, are ignored (PS3.7).
    private async Task TakeRequestAsync(Command command, byte[]? dataSet, CancellationToken ct)
    {
        var set = command.Set;
        if ((set.Field & CommandField.ResponseBit) != 0 || set.Field == CommandField.CancelRequest)
        {
            return;
        }

        var status = DimseStatus.UnrecognizedOperation;
        if (set.Field == CommandField.EventReportRequest && dataSet is { Length: > 0 })
        {
            var report = new EventReport
            {
                EventType = set.EventType,
                TransferSyntaxUid = command.Context.TransferSyntax,
                DataSet = dataSet,
            };
            status = OnEvent is { } keep ? await keep(report, ct) : DimseStatus.Success;
            if (status.Code == DimseStatus.Success.Code)
            {
                _events.Enqueue(report);
            }
        }

        await _channel!.SendCommandAsync(command.Context.Id, CommandSet.Response(set, status), _maxValue, ct);
    }
}
