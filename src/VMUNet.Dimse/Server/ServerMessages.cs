namespace VMUNet.Dimse;

/// <summary>The messages of one association: each request gets exactly one final response.</summary>
internal sealed class ServerMessages(
    UpperLayer upperLayer,
    MessageChannel channel,
    AssociationInfo association,
    DimseServerOptions options,
    IAssociationHandler handler,
    int maxValue)
{
    private const int MaxEventBytes = 4 * 1024 * 1024;

    public async Task<(AssociationEnd End, string Why)> RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var (command, end) = await channel.ReadCommandAsync(options.IdleTimeout, ct);
                if (command is null)
                {
                    return await EndAsync(end!, ct);
                }

                if (await AnswerAsync(command, ct) is { } tooLarge)
                {
                    await upperLayer.AbortAsync(AbortReason.NotSpecified, ct);
                    return (AssociationEnd.TooLarge, tooLarge);
                }
            }
        }
        catch (AssociationLostException lost)
        {
            return (lost.End, lost.Message);
        }
    }

    private async Task<(AssociationEnd, string)> EndAsync(Indication end, CancellationToken ct)
    {
        if (end is Indication.ReleaseRequested)
        {
            await handler.ReleasingAsync(association, ct);
            await upperLayer.AnswerReleaseAsync(ct);
            return (AssociationEnd.Released, "released");
        }

        return end is Indication.Ended ended ? (ended.End, ended.Why) : (AssociationEnd.ProtocolError, "unexpected");
    }

    /// <returns>Null, or why the association must be aborted.</returns>
    private async Task<string?> AnswerAsync(Command command, CancellationToken ct)
    {
        var set = command.Set;
        var dataSet = set.HasDataSet ? channel.OpenDataSet(command.Context) : null;
        var expectsNoAnswer = (set.Field & CommandField.ResponseBit) != 0 || set.Field == CommandField.CancelRequest;
        var status = expectsNoAnswer ? DimseStatus.Success : await StatusAsync(command, dataSet, ct);
        if (dataSet is not null)
        {
            var limit = status.Code == DimseStatus.ObjectTooLarge.Code || set.Field != CommandField.StoreRequest
                ? options.DrainBytes
                : options.MaxObjectBytes - dataSet.Delivered;
            if (!await dataSet.DrainAsync(limit, ct))
            {
                return "data set over its limit";
            }
        }

        if (!expectsNoAnswer)
        {
            await channel.SendCommandAsync(command.Context.Id, CommandSet.Response(set, status), maxValue, ct);
        }

        return null;
    }

    private async Task<DimseStatus> StatusAsync(Command command, DataSetStream? dataSet, CancellationToken ct) =>
        (command.Set.Field, command.Context.AbstractSyntax) switch
        {
            (CommandField.EchoRequest, SopClasses.Verification) => DimseStatus.Success,
            (CommandField.StoreRequest, not (SopClasses.Verification or SopClasses.StorageCommitmentPush)) => await StoreAsync(command, dataSet, ct),
            (CommandField.EventReportRequest, SopClasses.StorageCommitmentPush) => await EventAsync(command, dataSet, ct),
            (CommandField.EchoRequest or CommandField.StoreRequest or CommandField.EventReportRequest, _) =>
                DimseStatus.SopClassNotSupported,
            _ => DimseStatus.UnrecognizedOperation,
        };

    private async Task<DimseStatus> StoreAsync(Command command, DataSetStream? dataSet, CancellationToken ct)
    {
        var set = command.Set;
        if (!DicomUidRule.IsValid(set.AffectedSopClass) || !DicomUidRule.IsValid(set.AffectedSopInstance))
        {
            return DimseStatus.InvalidObjectInstance;
        }

        if (set.AffectedSopClass != command.Context.AbstractSyntax)
        {
            return DimseStatus.SopClassNotSupported;
        }

        if (dataSet is null)
        {
            return DimseStatus.CannotUnderstand.With("no data set");
        }

        var request = new StoreRequest
        {
            SopClassUid = set.AffectedSopClass,
            SopInstanceUid = set.AffectedSopInstance,
            TransferSyntaxUid = command.Context.TransferSyntax,
            MessageId = set.MessageId,
        };
        return await GuardAsync(() => handler.StoreAsync(association, request, dataSet, ct), ct);
    }

    private async Task<DimseStatus> EventAsync(Command command, DataSetStream? dataSet, CancellationToken ct)
    {
        if (dataSet is null)
        {
            return DimseStatus.CannotUnderstand.With("no data set");
        }

        var bytes = await dataSet.ReadAllAsync(MaxEventBytes, ct);
        if (bytes is null)
        {
            return DimseStatus.ProcessingFailure.With("data set over its limit");
        }

        var report = new EventReport
        {
            EventType = command.Set.EventType,
            TransferSyntaxUid = command.Context.TransferSyntax,
            DataSet = bytes,
        };
        return await GuardAsync(() => handler.EventAsync(association, report, ct), ct);
    }

    private async Task<DimseStatus> GuardAsync(Func<Task<DimseStatus>> work, CancellationToken ct)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is not AssociationLostException && !ct.IsCancellationRequested)
        {
            var correlation = Guid.NewGuid().ToString("N")[..12];
            handler.Failed(association, correlation, e);
            return DimseStatus.ProcessingFailure.With($"correlation {correlation}");
        }
    }
}
