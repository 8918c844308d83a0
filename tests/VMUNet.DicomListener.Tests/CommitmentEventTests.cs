using VMUNet.Dimse;
using VMUNet.Dimse.Tests;
using VMUNet.Testing;

namespace VMUNet.DicomListener.Tests;

/// <summary>An archive that calls us to report a commitment: its word is a row before it is answered.</summary>
public sealed class CommitmentEventTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly byte[] s_dataSet = [8, 0, 0x95, 0x11, 4, 0, 0, 0, (byte)'1', (byte)'.', (byte)'2', 0];

    [Fact]
    public async Task An_event_of_an_archive_that_proposes_to_be_the_provider_is_kept_as_it_came()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        using var peer = await PeerScript.ConnectAsync(listener.Port);

        await peer.SendAsync(Request(asProvider: true));
        var accepted = PduDecoder.AssociateAccept((await peer.ReceiveAsync())!.AsSpan(6), new PeerLimits());
        await peer.SendAsync(
            PduEncoder.Data(1, isCommand: true, isLast: true, ScriptedProvider.Event(5, 1).ToBytes()),
            PduEncoder.Data(1, isCommand: false, isLast: true, s_dataSet));
        var answer = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));

        Assert.Equal(new RoleSelection(SopClasses.StorageCommitmentPush, false, true), Assert.Single(accepted.User.Roles));
        Assert.Equal((0, 5, 1), (answer.Status, answer.RespondedTo, answer.EventType));
        Assert.Equal(s_dataSet, await postgres.ScalarAsync<byte[]>("select data_set from commitment_event where calling_ae = 'ARCHIVE' and event_type = 1"));
    }

    [Fact]
    public async Task A_modality_that_asks_us_for_a_commitment_is_told_that_we_offer_none()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        using var peer = await PeerScript.ConnectAsync(listener.Port);

        await peer.SendAsync(Request(asProvider: false));
        var accepted = PduDecoder.AssociateAccept((await peer.ReceiveAsync())!.AsSpan(6), new PeerLimits());

        Assert.Equal(ContextResult.AbstractSyntaxNotSupported, Assert.Single(accepted.Contexts).Result);
    }

    [Fact]
    public async Task An_event_over_its_limit_is_refused_and_leaves_no_row()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        using var peer = await PeerScript.ConnectAsync(listener.Port);
        await peer.SendAsync(Request(asProvider: true));
        await peer.ReceiveAsync();

        await peer.SendAsync(PduEncoder.Data(1, isCommand: true, isLast: true, ScriptedProvider.Event(6, 2).ToBytes()));
        for (var sent = 0; sent < 50; sent++)
        {
            await peer.SendAsync(PduEncoder.Data(1, isCommand: false, isLast: sent == 49, new byte[100_000]));
        }

        var answer = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));

        Assert.Equal(0x0110, answer.Status);
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from commitment_event where event_type = 2"));
    }

    [Fact]
    public async Task An_event_that_is_cut_off_is_refused_so_that_it_is_sent_again()
    {
        await using var listener = await RunningListener.StartAsync(postgres);
        using var peer = await PeerScript.ConnectAsync(listener.Port);
        await peer.SendAsync(Request(asProvider: true));
        await peer.ReceiveAsync();

        await peer.SendAsync(
            PduEncoder.Data(1, isCommand: true, isLast: true, ScriptedProvider.Event(7, 3).ToBytes()),
            PduEncoder.Data(1, isCommand: false, isLast: true, s_dataSet.AsSpan(0, s_dataSet.Length - 2)));
        var answer = CommandSet.Parse((await peer.ReceiveAsync()).AsSpan(12));

        Assert.Equal((0x0110, 7), (answer.Status, answer.RespondedTo));
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from commitment_event where event_type = 3"));
    }

    private static byte[] Request(bool asProvider) => PduEncoder.AssociateRequest(new AssociateRequestPdu
    {
        CalledAe = "VMUNET",
        CallingAe = "ARCHIVE",
        Contexts = [new ProposedContext(1, SopClasses.StorageCommitmentPush, [TransferSyntaxes.ImplicitLittleEndian])],
        User = new UserInformation
        {
            MaxPduLength = 131_072,
            Roles = asProvider ? [new RoleSelection(SopClasses.StorageCommitmentPush, false, true)] : [],
        },
    });
}
