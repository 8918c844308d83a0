using VMUNet.Dimse;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Net;

/// <summary>Query, retrieval and the question whether an object is kept, against DCMTK's archive.</summary>
public sealed class QueryScuTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Studies_series_and_instances_are_found_and_a_limit_cuts_the_answer()
    {
        using var archive = await FilledAsync();

        var studies = await FindAsync(archive, QueryLevel.Study, ("PatientID", "*"));
        var series = await FindAsync(archive, QueryLevel.Series, ("StudyInstanceUID", "2.25.1001"));
        var images = await FindAsync(archive, QueryLevel.Image, ("StudyInstanceUID", "2.25.1001"), ("SeriesInstanceUID", "2.25.1002"));
        var cut = await QueryScu.FindAsync(archive.Options, QueryLevel.Image,
            new Dictionary<string, string> { ["StudyInstanceUID"] = "2.25.1001", ["SeriesInstanceUID"] = "2.25.1002" }, 2, CancellationToken.None);
        var none = await FindAsync(archive, QueryLevel.Study, ("PatientID", "NOBODY"));

        Assert.Equal("2.25.1001", Assert.Single(studies.Matches)["StudyInstanceUID"]);
        Assert.Equal(("2.25.1002", "CT"), (Assert.Single(series.Matches)["SeriesInstanceUID"], series.Matches[0]["Modality"]));
        Assert.Equal(["2.25.1002.1", "2.25.1002.2", "2.25.1002.3", "2.25.1002.4"], images.Matches.Select(m => m["SOPInstanceUID"]).Order());
        Assert.Equal((2, true, 0), (cut.Matches.Count, cut.IsCut, cut.Status.Code));
        Assert.Empty(none.Matches);
        Assert.All([studies, series, images, none], r => Assert.Equal((0, false), (r.Status.Code, r.IsCut)));
    }

    [Fact]
    public async Task A_keyword_that_does_not_exist_is_refused_before_anybody_is_called() =>
        await Assert.ThrowsAsync<FormatException>(() => QueryScu.FindAsync(
            new DimseClientOptions { Host = "127.0.0.1", Port = 1, CalledAe = "A", CallingAe = "B" }, QueryLevel.Study,
            new Dictionary<string, string> { ["PatientNumber"] = "1" }, 1, CancellationToken.None));

    [Fact]
    public async Task A_series_is_moved_to_a_title_that_the_archive_knows_and_to_no_other()
    {
        await using var receiver = StoreScpFolder.Start(_folder.File("moved"));
        using var archive = await FilledAsync(receiver.Port);
        var keys = new Dictionary<string, string> { ["StudyInstanceUID"] = "2.25.1001", ["SeriesInstanceUID"] = "2.25.1002" };
        var last = default(MoveProgress);

        var moved = await QueryScu.MoveAsync(archive.Options, QueryLevel.Series, keys, "MOVER", p => last = p, CancellationToken.None);
        var unknown = await QueryScu.MoveAsync(archive.Options, QueryLevel.Series, keys, "NOBODY", _ => { }, CancellationToken.None);

        Assert.Equal(DimseStatus.Success.Code, moved.Code);
        Assert.Equal((4, 0), (last.Completed, last.Failed));
        Assert.Equal(4, receiver.Received.Count);
        Assert.NotEqual(0, unknown.Code);
    }

    [Fact]
    public async Task Without_storage_commitment_a_query_tells_whether_an_object_is_kept()
    {
        using var archive = await FilledAsync();
        var kept = new SentObject("2.25.1001", "2.25.1002", "2.25.1002.3", "1.2.840.10008.5.1.4.1.1.2");

        var answer = await AskAsync(archive.Destination, kept);
        var missing = await AskAsync(archive.Destination, kept with { SopInstanceUid = "2.25.1002.9" });
        var unreachable = await AskAsync(archive.Destination with { Port = 1 }, kept);

        Assert.Equal(new KeepAnswer.Kept(ByQuery: true), answer);
        Assert.IsType<KeepAnswer.NotYet>(missing);
        Assert.IsType<KeepAnswer.Unreachable>(unreachable);
    }

    [Theory]
    [InlineData(TransferSyntaxes.ImplicitLittleEndian)]
    [InlineData(TransferSyntaxes.ExplicitLittleEndian)]
    public void A_commitment_event_is_read_with_what_is_kept_and_what_is_not(string syntax)
    {
        var data = new DicomDataset();
        data.AddOrUpdate(DicomTag.TransactionUID, "2.25.7");
        data.AddOrUpdate(new DicomSequence(DicomTag.ReferencedSOPSequence, Item("1.2.1", null)));
        data.AddOrUpdate(new DicomSequence(DicomTag.FailedSOPSequence, Item("1.2.2", 0x0112)));

        var read = CommitmentEvent.Read(2, Identifier.ToBytes(data, syntax), syntax);

        Assert.Equal((false, "2.25.7"), (read.IsComplete, read.TransactionUid));
        Assert.Equal(["1.2.1"], read.Kept);
        Assert.Equal("it has no such object", read.Lost["1.2.2"]);
        Assert.Throws<FormatException>(() => CommitmentEvent.Read(2, [1, 2, 3], syntax));
        Assert.Throws<FormatException>(() => CommitmentEvent.Read(2, Identifier.ToBytes(data, syntax)[..^3], syntax));
    }

    private async Task<QueryArchive> FilledAsync(int moverPort = 1)
    {
        var archive = await QueryArchive.StartAsync(moverPort);
        var sent = await StoreScu.SendAsync(
            archive.Destination, "VMUNET", new SyntheticSeries().Write(_folder.Path), CancellationToken.None);
        Assert.All(sent, o => Assert.True(o.IsStored, o.ToString()));
        return archive;
    }

    private static Task<QueryResult> FindAsync(QueryArchive archive, QueryLevel level, params (string Key, string Value)[] keys) =>
        QueryScu.FindAsync(archive.Options, level, keys.ToDictionary(k => k.Key, k => k.Value), 100, CancellationToken.None);

    private static Task<KeepAnswer> AskAsync(Destination destination, SentObject sent) => CommitmentScu.AskAsync(
        destination, "VMUNET", null, sent, CommitmentScu.NewTransactionUid(), TimeSpan.FromMilliseconds(100),
        (_, _) => Task.CompletedTask, CancellationToken.None);

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
}
