using VMUNet.Dimse;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Net;

public sealed class StoreScuTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_arrive_byte_for_byte_in_one_association()
    {
        await using var archive = new ArchiveStandIn();
        var files = new SyntheticSeries().Write(_folder.Path);

        var outcomes = await StoreScu.SendAsync(archive.Destination, "VMUNET", files, CancellationToken.None);

        Assert.All(outcomes, o => Assert.True(o.IsStored, o.ToString()));
        Assert.Equal(files, outcomes.Select(o => o.File));
        Assert.Equal(1, archive.Associations);
        var sent = File.ReadAllBytes(files[0]);
        Assert.True(sent.AsSpan().EndsWith(archive.Received.First().Data));
        Assert.Equal(["2.25.1002.1", "2.25.1002.2", "2.25.1002.3", "2.25.1002.4"],
            archive.Received.Select(r => r.Request.SopInstanceUid));
    }

    [Fact]
    public async Task A_peer_that_takes_only_implicit_little_endian_gets_that()
    {
        await using var archive = new ArchiveStandIn { Syntaxes = [TransferSyntaxes.ImplicitLittleEndian] };
        var files = new SyntheticSeries().Write(_folder.Path);

        var outcomes = await StoreScu.SendAsync(archive.Destination, "VMUNET", files, CancellationToken.None);

        Assert.All(outcomes, o => Assert.True(o.IsStored, o.ToString()));
        var (request, data) = archive.Received.First();
        Assert.Equal(TransferSyntaxes.ImplicitLittleEndian, request.TransferSyntaxUid);
        using var part10 = new MemoryStream(
            [.. Part10.BuildHeader(request.SopClassUid, request.SopInstanceUid, request.TransferSyntaxUid, null), .. data]);
        var back = DicomFile.Open(part10).Dataset;
        Assert.Equal("Test^Synthetic", back.GetString(DicomTag.PatientName));
        Assert.Equal(DicomFile.Open(files[0]).Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data,
            back.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data);
    }

    [Fact]
    public async Task A_file_that_ends_early_is_not_rewritten_as_if_it_were_whole()
    {
        await using var archive = new ArchiveStandIn { Syntaxes = [TransferSyntaxes.ImplicitLittleEndian] };
        var file = new SyntheticSeries().Write(_folder.Path)[0];
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, bytes[..^10], TestContext.Current.CancellationToken);

        var outcome = Assert.Single(await StoreScu.SendAsync(archive.Destination, "VMUNET", [file], CancellationToken.None));

        Assert.Contains("ends before", outcome.Failure, StringComparison.Ordinal);
        Assert.False(outcome.IsRetryable);
        Assert.Empty(archive.Received);
    }

    [Fact]
    public async Task Every_instance_has_its_own_answer()
    {
        await using var archive = new ArchiveStandIn
        {
            Answer = n => n switch
            {
                1 => DimseStatus.OutOfResources,
                2 => DimseStatus.CannotUnderstand,
                3 => new DimseStatus(0xB007),
                _ => DimseStatus.Success,
            },
        };
        var files = new SyntheticSeries().Write(_folder.Path);

        var outcomes = await StoreScu.SendAsync(archive.Destination, "VMUNET", files, CancellationToken.None);

        Assert.Equal([(false, true), (false, false), (true, false), (true, false)],
            outcomes.Select(o => (o.IsStored, o.IsRetryable)));
    }

    [Fact]
    public async Task A_destination_that_is_down_is_worth_another_attempt()
    {
        int port;
        await using (var archive = new ArchiveStandIn())
        {
            port = archive.Port;
        }
        var files = new SyntheticSeries().Write(_folder.Path);

        var outcomes = await StoreScu.SendAsync(
            new Destination("down", "ARCHIVE", "127.0.0.1", port), "VMUNET", files, CancellationToken.None);

        Assert.All(outcomes, o => Assert.Equal((false, true), (o.IsStored, o.IsRetryable)));
        Assert.All(outcomes, o => Assert.Contains("Cannot connect", o.Failure, StringComparison.Ordinal));
        Assert.Equal("2.25.1002.1", outcomes[0].SopInstanceUid);
    }

    [Fact]
    public async Task A_wrong_calling_title_is_not_worth_another_attempt()
    {
        await using var archive = new ArchiveStandIn();
        var files = new SyntheticSeries().Write(_folder.Path);

        var outcomes = await StoreScu.SendAsync(archive.Destination, "STRANGER", files, CancellationToken.None);

        Assert.All(outcomes, o => Assert.Equal((false, false), (o.IsStored, o.IsRetryable)));
        Assert.Empty(archive.Received);
    }

    [Fact]
    public async Task A_file_that_is_not_dicom_does_not_keep_the_others_back()
    {
        await using var archive = new ArchiveStandIn();
        File.WriteAllText(_folder.File("text.dcm"), "x");
        var files = new SyntheticSeries { Positions = [[0, 0, 0]] }.Write(_folder.Path);

        var outcomes = await StoreScu.SendAsync(
            archive.Destination, "VMUNET", [_folder.File("text.dcm"), files[0]], CancellationToken.None);

        Assert.Equal([false, true], outcomes.Select(o => o.IsStored));
        Assert.Contains("text.dcm", outcomes[0].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Echo_is_answered()
    {
        await using var archive = new ArchiveStandIn();

        Assert.Equal(DimseStatus.Success, await StoreScu.EchoAsync(archive.Destination, "VMUNET", CancellationToken.None));
    }

    [Theory]
    [InlineData("pacs=ARCHIVE@10.0.0.1:104", "pacs", "ARCHIVE", "10.0.0.1", 104)]
    [InlineData("a=b@[::1]:11112", "a", "b", "::1", 11112)]
    public void A_destination_is_parsed(string text, string name, string ae, string host, int port)
    {
        Assert.Equal(new Destination(name, ae, host, port), Destination.Parse(text));
        Assert.Equal(text, Destination.Parse(text).ToString());
    }

    [Theory]
    [InlineData("PACS=ARCHIVE@host:104?objects=report+picture", ResultParts.Report | ResultParts.Picture, null)]
    [InlineData("PACS=ARCHIVE@host:104?objects=seg+report&max-frames=2000", ResultParts.Seg | ResultParts.Report, 2000)]
    [InlineData("PACS=ARCHIVE@host:104?max-frames=9", ResultParts.Seg, 9)]
    public void A_destinations_settings_are_parsed(string text, ResultParts objects, int? maxFrames)
    {
        var destination = Destination.Parse(text);

        Assert.Equal((objects, maxFrames), (destination.Objects, destination.MaxFrames));
        Assert.Equal(text, destination.ToString());
    }

    [Fact]
    public void A_destinations_form_is_parsed()
    {
        const string Text = "PACS=ARCHIVE@host:104?max-frames=2000&max-segments=8&label-map&no-nominal-geometry";

        var form = Destination.Parse(Text).Form;

        Assert.Equal(new SegForm { MaxFrames = 2000, MaxSegments = 8, IsLabelMap = true, HasNominalGeometry = false }, form);
        Assert.Equal(Text, Destination.Parse(Text).ToString());
        Assert.Equal(SegForm.Standard, Destination.Parse("PACS=ARCHIVE@host:104").Form);
    }

    [Theory]
    [InlineData("PACS=ARCHIVE@host:104?objects=sr")]
    [InlineData("PACS=ARCHIVE@host:104?max-frames=0")]
    [InlineData("PACS=ARCHIVE@host:104?colour=red")]
    public void A_setting_that_is_none_is_refused(string text) =>
        Assert.Contains("settings", Assert.Throws<FormatException>(() => Destination.Parse(text)).Message
            .Replace("objects are", "settings", StringComparison.Ordinal), StringComparison.Ordinal);

    [Theory]
    [InlineData("ARCHIVE@10.0.0.1:104")]
    [InlineData("pacs=ARCHIVE@10.0.0.1")]
    [InlineData("pacs=@10.0.0.1:104")]
    [InlineData("pacs=TITLE_MUCH_TOO_LONG@10.0.0.1:104")]
    [InlineData("pacs=A@host:70000")]
    public void A_destination_of_another_form_is_refused(string text)
    {
        Assert.Contains("NAME=AE@HOST:PORT", Assert.Throws<FormatException>(() => Destination.Parse(text)).Message,
            StringComparison.Ordinal);
    }
}
