using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

/// <summary>An instance that came again in another transfer syntax is compared by a worker, and never dropped.</summary>
public sealed class CompareCopiesJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_copy_with_the_same_samples_makes_no_work_and_another_is_quarantined_with_the_reason()
    {
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres);
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());
        ReceivedInstance equal = Copy(harness, photo, photo.Path, 'a');
        ReceivedInstance different = Copy(harness, photo, (await harness.ReceiveAsync(harness.Photograph(shade: 99))).Path, 'b');

        RecordOutcome first = await harness.Get<StudyRegistry>().RecordAsync(equal, default);
        RecordOutcome second = await harness.Get<StudyRegistry>().RecordAsync(different, default);
        await harness.Get<CompareCopiesJob>().RunAsync(default);

        Assert.IsType<RecordOutcome.SyntaxCopy>(first);
        Assert.IsType<RecordOutcome.SyntaxCopy>(second);
        Assert.Equal("equal", await StateAsync('a'));
        Assert.Equal("different", await StateAsync('b'));
        AttentionItem shown = (await harness.Queries.AttentionAsync(50, default)).Single(i => i.Kind == "quarantine");
        Assert.Contains("pixels of frame 1 differ", shown.Detail, StringComparison.Ordinal);
        Assert.Equal(1, (await harness.SeriesAsync(photo)).Revision);
    }

    private Task<string?> StateAsync(char mark) =>
        postgres.ScalarAsync<string>($"select state from instance_copy where file_sha256 = '{new string(mark, 64)}'");

    private static ReceivedInstance Copy(JobsHarness harness, ReceivedInstance of, string content, char mark)
    {
        string path = $"spool/copy-{mark}.dcm";
        File.Copy(Path.Combine(harness.DataFolder, content), Path.Combine(harness.DataFolder, path));
        return of with
        {
            Path = path,
            TransferSyntaxUid = "1.2.840.10008.1.2",
            FileSha256 = new string(mark, 64),
            PixelSha256 = new string(mark, 64),
        };
    }
}
