namespace VMUNet.Dimse.Tests;

/// <summary>Queries and storage commitment against a provider that follows a script.</summary>
public sealed class RequestsTests
{
    [Fact]
    public async Task A_query_that_has_enough_is_cancelled_and_that_is_a_success()
    {
        var wasCancelled = false;
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            for (byte i = 0; i < 5; i++)
            {
                await ScriptedProvider.AnswerAsync(peer, request, 0xFF00, [i, i]);
            }

            wasCancelled = (await peer.NextAsync()).Set.Field == CommandField.CancelRequest;
            await ScriptedProvider.AnswerAsync(peer, request, DimseStatus.CancelledCode);
        });
        await using var client = await provider.ConnectAsync(SopClasses.StudyRootFind);
        var matches = new List<byte[]>();

        var status = await client.FindAsync(SopClasses.StudyRootFind, [1, 2, 3, 4], 3, matches.Add, CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal([0, 1, 2], matches.Select(m => (int)m[0]));
        Assert.True(wasCancelled);
    }

    [Fact]
    public async Task A_commitment_event_on_the_same_association_is_taken_and_answered()
    {
        ushort answered = 0xFFFF;
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await ScriptedProvider.AnswerAsync(peer, request, 0);
            await peer.SendCommandAsync(request.Context.Id, ScriptedProvider.Event(5, 2));
            await peer.SendDataSetAsync(request.Context.Id, [9, 8, 7, 6]);
            answered = (await peer.NextAsync()).Set.RespondedTo;
        });
        await using var client = await provider.ConnectAsync(SopClasses.StorageCommitmentPush);

        var status = await client.RequestCommitmentAsync([1, 2], CancellationToken.None);
        var report = await client.WaitForEventAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal(2, report!.EventType);
        Assert.Equal([9, 8, 7, 6], report.DataSet);
        Assert.Equal(5, answered);
    }

    [Fact]
    public async Task A_commitment_event_that_overtakes_the_response_to_its_request_is_answered_and_not_lost()
    {
        var answered = new List<(ushort To, ushort Status)>();
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await peer.SendCommandAsync(request.Context.Id, ScriptedProvider.Event(5, 1));
            await peer.SendDataSetAsync(request.Context.Id, [9, 8]);
            await ScriptedProvider.AnswerAsync(peer, request, 0);
            var answer = await peer.NextAsync();
            answered.Add((answer.Set.RespondedTo, answer.Set.Status));
        });
        await using var client = await provider.ConnectAsync(SopClasses.StorageCommitmentPush);

        var status = await client.RequestCommitmentAsync([1, 2], CancellationToken.None);
        var report = await client.WaitForEventAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal(1, report!.EventType);
        Assert.Equal([9, 8], report.DataSet);
        Assert.Equal([((ushort)5, (ushort)0)], answered);
    }

    [Fact]
    public async Task A_commitment_event_is_answered_with_what_its_receiver_says_and_only_then()
    {
        ushort answered = 0xFFFF;
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await ScriptedProvider.AnswerAsync(peer, request, 0);
            await peer.SendCommandAsync(request.Context.Id, ScriptedProvider.Event(5, 1));
            await peer.SendDataSetAsync(request.Context.Id, [9, 8]);
            answered = (await peer.NextAsync()).Set.Status;
        });
        await using var client = await provider.ConnectAsync(SopClasses.StorageCommitmentPush);
        var before = new List<ushort>();
        client.OnEvent = (report, _) =>
        {
            before.Add(answered);
            return Task.FromResult(DimseStatus.ProcessingFailure);
        };

        await client.RequestCommitmentAsync([1, 2], CancellationToken.None);
        var report = await client.WaitForEventAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Null(report);
        Assert.Equal([(ushort)0xFFFF], before);
        Assert.Equal(DimseStatus.ProcessingFailure.Code, answered);
    }

    [Fact]
    public async Task Without_an_event_the_association_goes_on_and_ends_in_good_order()
    {
        await using var provider = new ScriptedProvider(async peer =>
        {
            await ScriptedProvider.AnswerAsync(peer, await peer.NextAsync(), 0);
            await ScriptedProvider.AnswerAsync(peer, await peer.NextAsync(), 0x0112);
        });
        await using var client = await provider.ConnectAsync(SopClasses.StorageCommitmentPush);
        await client.RequestCommitmentAsync([1, 2], CancellationToken.None);

        var none = await client.WaitForEventAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        var second = await client.RequestCommitmentAsync([1, 2], CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Null(none);
        Assert.Equal(0x0112, second.Code);
    }

    [Fact]
    public async Task A_comment_of_the_peer_carries_no_control_character_to_logs_and_rows()
    {
        await using var provider = new ScriptedProvider(async peer =>
        {
            var request = await peer.NextAsync();
            await peer.SendCommandAsync(
                request.Context.Id, CommandSet.Response(request.Set, new DimseStatus(0xA700, "disk\0 \u001b[2Jfull")));
        });
        await using var client = await provider.ConnectAsync(SopClasses.StorageCommitmentPush);

        var status = await client.RequestCommitmentAsync([1, 2], CancellationToken.None);
        await client.ReleaseAsync(CancellationToken.None);

        Assert.Equal(new DimseStatus(0xA700, "disk? ?[2Jfull"), status);
    }

    [Fact]
    public async Task A_peer_that_goes_away_inside_a_query_is_a_failure_that_may_be_tried_again()
    {
        await using var provider = new ScriptedProvider(async peer =>
        {
            await ScriptedProvider.AnswerAsync(peer, await peer.NextAsync(), 0xFF00, [1, 2]);
            throw new IOException("gone");
        });
        await using var client = await provider.ConnectAsync(SopClasses.StudyRootFind);

        var lost = await Assert.ThrowsAsync<DimseClientException>(
            () => client.FindAsync(SopClasses.StudyRootFind, [1, 2], 10, _ => { }, CancellationToken.None));

        Assert.Equal((DimseClientFault.AssociationLost, true), (lost.Fault, lost.IsRetryable));
    }
}
