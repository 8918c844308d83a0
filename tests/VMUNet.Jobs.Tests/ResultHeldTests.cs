using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class ResultHeldTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task A_result_that_does_not_read_back_as_meant_never_leaves_and_stands_under_attention()
    {
        await using var archive = new ArchiveStandIn();
        await using JobsHarness harness = await JobsHarness.StartAsync(postgres, o =>
        {
            o.ModelFolders = [ModelWithACodeThatNoFileCanHold()];
            o.Destinations = [archive.Destination + "?objects=seg+report+picture"];
        });
        ReceivedInstance photo = await harness.ReceiveAsync(harness.Photograph());

        await harness.WorkAsync();
        await harness.Get<DeliverResultJob>().RunAsync(default);

        SeriesSummary series = await harness.SeriesAsync(photo);
        Assert.Equal(SeriesState.Failed, series.State);
        AttentionItem item = (await harness.Queries.AttentionAsync(50, default))
            .Single(i => i.Subject.EndsWith(photo.SeriesInstanceUid, StringComparison.Ordinal));
        Assert.Contains("is not coded as lesion", item.Detail, StringComparison.Ordinal);
        Assert.Empty(archive.Received);
        Assert.Empty(await harness.Queries.SegmentationsAsync(photo.SeriesInstanceUid, default));
        Assert.False(Directory.Exists(Path.Combine(harness.DataFolder, "results"))
            && Directory.EnumerateFiles(Path.Combine(harness.DataFolder, "results")).Any());
    }

    /// <summary>The shipped model with a blank behind the lesion's code: DICOM texts lose such blanks.</summary>
    private string ModelWithACodeThatNoFileCanHold()
    {
        string folder = Path.Combine(postgres.DataFolder, "spoiled-models");
        string model = Directory.CreateDirectory(Path.Combine(folder, "lesion-dermoscopy")).FullName;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(RepoPaths.Root, "models", "lesion-dermoscopy")))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        string manifest = Path.Combine(model, "model.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("\"95324001\"", "\"95324001 \"", StringComparison.Ordinal));
        return folder;
    }
}
