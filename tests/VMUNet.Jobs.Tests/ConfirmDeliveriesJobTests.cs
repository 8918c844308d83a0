using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using VMUNet.Data.Network;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Dimse;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

/// <summary>A delivered result is verified only by its archive's word; what it does not keep waits for a person.</summary>
public sealed class ConfirmDeliveriesJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(TransferSyntaxes.ImplicitLittleEndian)]
    [InlineData(TransferSyntaxes.ExplicitLittleEndian)]
    public async Task An_event_that_names_the_result_verifies_the_series(string syntax)
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(DateTimeOffset.UnixEpoch), archive.Destination);
        var (photo, result) = await DeliveredAsync(harness);
        string transaction = $"2.25.77{syntax.Length}";
        await AskedAsync(result.Deliveries.Single().DeliveryId, transaction);

        await ReportAsync(harness, syntax, "2.25.78", [result.SopInstanceUid!], []);
        SeriesState other = (await harness.SeriesAsync(photo)).State;
        await ReportAsync(harness, syntax, transaction, [result.SopInstanceUid!], []);

        Assert.Equal(SeriesState.Delivered, other);
        Assert.Equal(SeriesState.Verified, (await harness.SeriesAsync(photo)).State);
        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from commitment_event where handled_at is null"));
    }

    [Fact]
    public async Task A_result_that_the_archive_does_not_keep_is_shown_and_sent_again_by_one_command()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(DateTimeOffset.UnixEpoch), archive.Destination);
        var (photo, result) = await DeliveredAsync(harness);
        long delivery = result.Deliveries.Single().DeliveryId;
        await AskedAsync(delivery, "2.25.79");

        await ReportAsync(harness, TransferSyntaxes.ExplicitLittleEndian, "2.25.79", [], [result.SopInstanceUid!]);
        AttentionItem shown = (await harness.Queries.AttentionAsync(50, default)).Single(
            i => i.Kind == "confirmation" && i.StudyInstanceUid == photo.StudyInstanceUid);
        bool isRevived = await harness.Get<DeliveryOutbox>().ReviveAsync(delivery, "operator", default);
        await harness.Get<DeliverResultJob>().RunAsync(default);

        Assert.Contains("no such object", shown.Detail, StringComparison.Ordinal);
        Assert.True(isRevived);
        Assert.Equal(2, archive.Received.Count);
        Assert.Equal(SeriesState.Delivered, (await harness.SeriesAsync(photo)).State);
        Assert.Equal("due", await postgres.ScalarAsync<string>($"select state from delivery_confirmation where delivery_id = {delivery}"));
    }

    [Fact]
    public async Task An_event_that_cannot_be_read_is_kept_with_the_reason_and_holds_up_no_other()
    {
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(DateTimeOffset.UnixEpoch), null);
        await harness.Get<CommitmentInbox>().RecordAsync("ARCHIVE", 1, TransferSyntaxes.ImplicitLittleEndian, [1, 2, 3], default);

        await harness.Get<ConfirmDeliveriesJob>().RunAsync(default);

        Assert.Contains("cannot be read", await postgres.ScalarAsync<string>(
            "select outcome from commitment_event where handled_at is not null order by commitment_event_id desc limit 1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2.25\0.791")]
    [InlineData("2.25.x")]
    [InlineData("")]
    public async Task An_event_whose_transaction_is_no_identifier_holds_up_no_other(string transaction)
    {
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(DateTimeOffset.UnixEpoch), null);
        byte[] value = [.. System.Text.Encoding.ASCII.GetBytes(transaction.PadRight(transaction.Length + transaction.Length % 2, '\0'))];
        await harness.Get<CommitmentInbox>().RecordAsync(
            "ARCHIVE", 1, TransferSyntaxes.ImplicitLittleEndian, [8, 0, 0x95, 0x11, (byte)value.Length, 0, 0, 0, .. value], default);

        await harness.Get<ConfirmDeliveriesJob>().RunAsync(default);

        Assert.Equal(0, await postgres.ScalarAsync<long>("select count(*) from commitment_event where handled_at is null"));
        Assert.Contains("cannot be read", await postgres.ScalarAsync<string>(
            "select outcome from commitment_event order by commitment_event_id desc limit 1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_tells_of_failures_verifies_nothing()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await StartAsync(new FakeTimeProvider(DateTimeOffset.UnixEpoch), archive.Destination);
        var (photo, result) = await DeliveredAsync(harness);
        long delivery = result.Deliveries.Single().DeliveryId;
        await AskedAsync(delivery, "2.25.80");

        await ReportAsync(harness, TransferSyntaxes.ExplicitLittleEndian, "2.25.80", [result.SopInstanceUid!], ["2.25.5"]);

        Assert.Equal(SeriesState.Delivered, (await harness.SeriesAsync(photo)).State);
        Assert.Equal("failed", await StateAsync(delivery));
    }

    [Fact]
    public async Task A_destination_that_refuses_to_answer_is_asked_again_and_at_last_given_to_a_person()
    {
        await using var archive = new ArchiveStandIn();
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using JobsHarness harness = await StartAsync(clock, archive.Destination);
        var (_, result) = await DeliveredAsync(harness);
        long delivery = result.Deliveries.Single().DeliveryId;

        await harness.Get<ConfirmDeliveriesJob>().RunAsync(default);
        string? first = await StateAsync(delivery);
        for (int hour = 0; hour < 80 && await StateAsync(delivery) != "failed"; hour++)
        {
            clock.Advance(TimeSpan.FromHours(1));
            await harness.Get<ConfirmDeliveriesJob>().RunAsync(default);
        }

        Assert.Equal("due", first);
        Assert.Equal("failed", await StateAsync(delivery));
    }

    private Task<string?> StateAsync(long delivery) =>
        postgres.ScalarAsync<string>($"select state from delivery_confirmation where delivery_id = {delivery}");

    private Task<JobsHarness> StartAsync(FakeTimeProvider clock, string? destination) => JobsHarness.StartAsync(postgres, o =>
    {
        o.Destinations = destination is null ? [] : [destination];
        o.ConfirmationLinger = TimeSpan.FromMilliseconds(50);
    }, s => s.AddSingleton<TimeProvider>(clock));

    private Task<int> AskedAsync(long delivery, string transaction) => postgres.ExecuteAsync($"""
        update delivery_confirmation set state = 'asked', transaction_uid = '{transaction}', next_at = now() + interval '9 years'
        where delivery_id = {delivery}
        """);

    private static async Task ReportAsync(JobsHarness harness, string syntax, string transaction, string[] kept, string[] lost)
    {
        var file = new DicomFile();
        var (meta, data) = (file.FileMetaInfo, file.Dataset);
        data.AddOrUpdate(DicomTag.TransactionUID, transaction);
        data.AddOrUpdate(new DicomSequence(DicomTag.ReferencedSOPSequence, [.. kept.Select(u => Item(u, null))]));
        if (lost.Length > 0)
        {
            data.AddOrUpdate(new DicomSequence(DicomTag.FailedSOPSequence, [.. lost.Select(u => Item(u, 0x0112))]));
        }
        meta.TransferSyntax = DicomTransferSyntax.Parse(syntax);
        (meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID) = (DicomUID.Verification, DicomUID.Verification);
        using var memory = new MemoryStream();
        file.Save(memory);
        memory.Position = 0;
        byte[] bytes = memory.ToArray()[(int)Part10.ReadHeader(memory).DataSetOffset..];
        await harness.Get<CommitmentInbox>().RecordAsync("ARCHIVE", lost.Length == 0 ? 1 : 2, syntax, bytes, default);
        await harness.Get<ConfirmDeliveriesJob>().RunAsync(default);
    }

    private static DicomDataset Item(string uid, ushort? reason)
    {
        var item = new DicomDataset();
        item.AddOrUpdate(DicomTag.ReferencedSOPClassUID, "1.2.840.10008.5.1.4.1.1.66.4");
        item.AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, uid);
        if (reason is { } code)
        {
            item.AddOrUpdate(DicomTag.FailureReason, code);
        }
        return item;
    }

    private static async Task<(ReceivedInstance Photo, SegmentationDetail Result)> DeliveredAsync(JobsHarness harness)
    {
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        await harness.WorkAsync();
        await harness.Get<DeliverResultJob>().RunAsync(default);
        return (photo, (await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default)).Single());
    }
}
