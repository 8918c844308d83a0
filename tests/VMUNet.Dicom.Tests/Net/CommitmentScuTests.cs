using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using NetworkClasses = VMUNet.Dimse.SopClasses;

namespace VMUNet.Dicom.Tests.Net;

/// <summary>Asking for a commitment: nothing that an archive has said or taken is forgotten.</summary>
public sealed class CommitmentScuTests
{
    private const string Transaction = "2.25.4711";
    private static readonly SentObject s_sent = new("2.25.1", "2.25.2", "2.25.3", NetworkClasses.Segmentation);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_event_on_the_association_is_written_down_before_it_is_answered(bool isEarly)
    {
        var isAnswered = false;
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            if (!isEarly)
            {
                await ScriptedProvider.AnswerAsync(peer, request, 0);
            }

            await peer.SendCommandAsync(request.Context.Id, ScriptedProvider.Event(5, 1));
            await peer.SendDataSetAsync(request.Context.Id, Report());
            if (isEarly)
            {
                await ScriptedProvider.AnswerAsync(peer, request, 0);
            }

            isAnswered = (await peer.NextAsync()).Set is { RespondedTo: 5, Status: 0 };
        });
        var written = new List<(string Transaction, bool IsAnswered)>();

        var answer = await AskAsync(provider, (happened, _) =>
        {
            written.Add((happened.TransactionUid, isAnswered));
            return Task.CompletedTask;
        });

        Assert.IsType<KeepAnswer.Reported>(answer);
        Assert.Equal([(Transaction, false)], written);
        Assert.True(isAnswered);
    }

    [Fact]
    public async Task An_event_that_cannot_be_written_down_is_not_answered()
    {
        var isAnswered = false;
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await ScriptedProvider.AnswerAsync(peer, request, 0);
            await peer.SendCommandAsync(request.Context.Id, ScriptedProvider.Event(5, 1));
            await peer.SendDataSetAsync(request.Context.Id, Report());
            isAnswered = (await peer.Channel.ReadCommandAsync(TimeSpan.FromSeconds(10), CancellationToken.None)).Command is not null;
            throw new IOException("gone");
        });

        await Assert.ThrowsAsync<TimeoutException>(() => AskAsync(provider, (_, _) => throw new TimeoutException("no database")));

        Assert.False(isAnswered);
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_refused_and_the_question_stands()
    {
        ushort answered = 0;
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await ScriptedProvider.AnswerAsync(peer, request, 0);
            await peer.SendCommandAsync(request.Context.Id, ScriptedProvider.Event(5, 1));
            await peer.SendDataSetAsync(request.Context.Id, Report()[..^3]);
            answered = (await peer.NextAsync()).Set.Status;
        });

        var answer = await AskAsync(provider, (_, _) => Task.CompletedTask);

        Assert.IsType<KeepAnswer.Asked>(answer);
        Assert.Equal(DimseStatus.ProcessingFailure.Code, answered);
    }

    [Fact]
    public async Task A_request_that_was_taken_stays_asked_however_the_association_ends()
    {
        await using var provider = new ScriptedProvider(async peer =>
        {
            await ScriptedProvider.AnswerAsync(peer, await peer.NextAsync(), 0);
            await peer.UpperLayer.AbortAsync(AbortReason.NotSpecified, CancellationToken.None);
            throw new IOException("gone");
        });

        var answer = await AskAsync(provider, (_, _) => Task.CompletedTask);

        Assert.IsType<KeepAnswer.Asked>(answer);
    }

    [Theory]
    [InlineData(0x0122)]
    [InlineData(0x0123)]
    [InlineData(0x0211)]
    public async Task An_archive_that_accepts_the_class_and_knows_no_such_request_is_queried(int status)
    {
        await using var provider = new ScriptedProvider(async peer =>
        {
            await ScriptedProvider.AnswerAsync(peer, await peer.NextAsync(), (ushort)status);
            var query = await peer.NextAsync();
            var match = new DicomDataset();
            match.AddOrUpdate(DicomTag.SOPInstanceUID, s_sent.SopInstanceUid);
            await ScriptedProvider.AnswerAsync(
                peer, query, 0xFF00, Identifier.ToBytes(match, TransferSyntaxes.ExplicitLittleEndian));
            await ScriptedProvider.AnswerAsync(peer, query, 0);
        });

        var answer = await AskAsync(provider, (_, _) => Task.CompletedTask);

        Assert.Equal(new KeepAnswer.Kept(ByQuery: true), answer);
    }

    [Fact]
    public async Task An_archive_that_refuses_a_request_for_now_is_asked_again_and_not_queried()
    {
        await using var provider = new ScriptedProvider(async peer =>
            await ScriptedProvider.AnswerAsync(peer, await peer.NextAsync(), 0x0213));

        var answer = await AskAsync(provider, (_, _) => Task.CompletedTask);

        Assert.IsType<KeepAnswer.NotYet>(answer);
    }

    private static Task<KeepAnswer> AskAsync(
        ScriptedProvider provider, Func<CommitmentEvent, CancellationToken, Task> record) => CommitmentScu.AskAsync(
            new Destination("archive", "ARCHIVE", "127.0.0.1", provider.Port), "VMUNET", null, s_sent, Transaction,
            TimeSpan.FromSeconds(10), record, CancellationToken.None);

    private static byte[] Report()
    {
        var item = new DicomDataset();
        item.AddOrUpdate(DicomTag.ReferencedSOPClassUID, s_sent.SopClassUid);
        item.AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, s_sent.SopInstanceUid);
        var data = new DicomDataset();
        data.AddOrUpdate(DicomTag.TransactionUID, Transaction);
        data.AddOrUpdate(new DicomSequence(DicomTag.ReferencedSOPSequence, item));
        return Identifier.ToBytes(data, TransferSyntaxes.ExplicitLittleEndian);
    }
}
