namespace VMUNet.Dimse;

/// <summary>Query, retrieval and storage commitment; identifiers go and come as bytes.</summary>
public sealed partial class DimseClient
{
    private const int MaxIdentifier = 4 * 1024 * 1024;

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
    /// <returns>The event; null when none came, and the association goes on.</returns>
    public async Task<EventReport?> WaitForEventAsync(TimeSpan patience, CancellationToken ct) => await GuardAsync(async () =>
    {
        if (!_channel!.HasUnread && !await _connection.WaitAsync(patience, ct))
        {
            return null;
        }

        var (command, end) = await _channel.ReadCommandAsync(_options.ResponseTimeout, ct);
        if (command is null)
        {
            throw Lost(end as Indication.Ended ?? await AnswerReleaseAsync(ct));
        }

        var dataSet = command.Set.HasDataSet
            ? await _channel.OpenDataSet(command.Context).ReadAllAsync(MaxIdentifier, ct)
            : null;
        if ((command.Set.Field & CommandField.ResponseBit) != 0)
        {
            return null; // PS3.7: a response that matches nothing is ignored
        }

        var isEvent = command.Set.Field == CommandField.EventReportRequest && dataSet is { Length: > 0 };
        var status = isEvent ? DimseStatus.Success : DimseStatus.UnrecognizedOperation;
        await _channel.SendCommandAsync(command.Context.Id, CommandSet.Response(command.Set, status), _maxValue, ct);
        return !isEvent ? null : new EventReport
        {
            EventType = command.Set.EventType,
            TransferSyntaxUid = command.Context.TransferSyntax,
            DataSet = dataSet!,
        };
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
            var (command, end) = await _channel!.ReadCommandAsync(_options.ResponseTimeout, ct);
            if (command is null)
            {
                throw Lost(end as Indication.Ended ?? await AnswerReleaseAsync(ct));
            }

            var set = command.Set;
            var dataSet = set.HasDataSet ? await _channel.OpenDataSet(command.Context).ReadAllAsync(MaxIdentifier, ct) : null;
            if (set.HasDataSet && dataSet is null)
            {
                await _upperLayer.AbortAsync(AbortReason.NotSpecified, CancellationToken.None);
                throw new DimseClientException(DimseClientFault.ProtocolError, "The peer's identifier is over 4 MiB.");
            }

            // PS3.7: a response that matches nothing is ignored.
            if (set.Field == (request.Field | CommandField.ResponseBit) && set.RespondedTo == request.MessageId)
            {
                return (set, dataSet);
            }
        }
    }
}
