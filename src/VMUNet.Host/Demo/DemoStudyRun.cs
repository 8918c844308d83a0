using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Dicom;
using VMUNet.Dimse;
using VMUNet.Model;
using LabelFile = VMUNet.Dicom.LabelFile;

namespace VMUNet.Host.Demo;

/// <summary>One sample's way: sent, waited for, corrected, scored.</summary>
internal sealed class DemoStudyRun(DemoCase sample, string outputFolder, PacsQueries queries, StoreScpFolder archive)
{
    private const string Caller = "DEMO";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private SeriesContent? _content;

    public DemoCase Sample => sample;

    /// <summary>Where the SEG lies at the archive.</summary>
    public string SegPath { get; private set; } = "";

    /// <summary>The stored result, once it is scored.</summary>
    public SegmentationDetail? Result { get; private set; }

    public SourceSeries Source => _content switch
    {
        SeriesContent.AsVolume volume => volume.Source,
        SeriesContent.AsPhotograph photograph => photograph.Source,
        _ => throw new InvalidOperationException("the series has not been made yet"),
    };

    /// <summary>Makes the DICOM series and sends it by C-STORE.</summary>
    public async Task SendAsync(Destination product, CancellationToken ct)
    {
        var files = sample.Dicomize(Path.Combine(outputFolder, "sent", sample.Name));
        _content = SeriesReader.Read(files, ct);
        if (_content is SeriesContent.Refused refused)
        {
            throw new DemoFailedException($"{sample.Name}: the series made from the sample is refused: {refused.Detail}");
        }

        await StoreAsync(product, files, ct);
    }

    /// <summary>Waits until the archive has the SEG of this series, and keeps a copy under its name.</summary>
    public async Task WaitForSegAsync(CancellationToken ct)
    {
        var received = await DemoWait.ForAsync(
            $"{sample.Name}: the SEG at the archive", s_patience,
            async () =>
            {
                await ThrowIfStoppedAsync(ct);
                return archive.Received.FirstOrDefault(
                    f => SegReader.References(f.Path)?.ReferencedSeriesUid == Source.SeriesInstanceUid);
            },
            ct);
        SegPath = Path.Combine(outputFolder, sample.Name + ".seg.dcm");
        File.Copy(received.Path, SegPath, overwrite: true);
    }

    /// <summary>Sends the human mask as the reviewer's corrected SEG.</summary>
    public async Task SendCorrectionAsync(Destination product, CancellationToken ct)
    {
        var organs = TaskDefinition.Get(sample.Task).Labels;
        var labels = LabelFile.Read(sample.LabelPath, Source, organs);
        if (SegWriter.Write(Source, labels, organs, SegOrigin.Reviewer("Demo reviewer", sample.Task)) is not SegResult.Written seg)
        {
            throw new DemoFailedException($"{sample.Name}: the human mask is empty");
        }

        var folder = Directory.CreateDirectory(Path.Combine(outputFolder, "corrections")).FullName;
        var path = Path.Combine(folder, sample.Name + ".seg.dcm");
        seg.Save(path);
        await StoreAsync(product, [path], ct);
    }

    /// <summary>Waits until PostgreSQL holds the scores.</summary>
    public async Task WaitForScoresAsync(CancellationToken ct) => Result = await DemoWait.ForAsync(
        $"{sample.Name}: the quality rows", s_patience,
        async () =>
        {
            await ThrowIfStoppedAsync(ct);
            var results = await queries.SegmentationsAsync(Source.SeriesInstanceUid, ct);
            return results.LastOrDefault(r => r.Corrections.Count > 0);
        },
        ct);

    /// <summary>Draws what the archive got over the image.</summary>
    /// <returns>The PNG files.</returns>
    public IReadOnlyList<string> Draw()
    {
        var organs = TaskDefinition.Get(sample.Task).Labels;
        if (SegReader.Read(SegPath, Source, organs) is not SegContent.Labels read)
        {
            throw new DemoFailedException($"{sample.Name}: the SEG at the archive does not read back");
        }

        return DemoPictures.Write(_content!, read.Map, organs, outputFolder, sample.Name);
    }

    private async Task StoreAsync(Destination product, IReadOnlyList<string> files, CancellationToken ct)
    {
        var outcomes = await StoreScu.SendAsync(product, Caller, files, ct);
        if (outcomes.FirstOrDefault(o => !o.IsStored) is { } failed)
        {
            throw new DemoFailedException($"{sample.Name}: C-STORE failed: {failed}");
        }
    }

    private async Task ThrowIfStoppedAsync(CancellationToken ct)
    {
        var study = await queries.StudyAsync(Source.StudyInstanceUid, ct);
        var stopped = study?.Study.Series.FirstOrDefault(s => s.State is SeriesState.Refused or SeriesState.Failed);
        if (stopped is not null)
        {
            throw new DemoFailedException(
                $"{sample.Name}: a {stopped.Modality} series is {stopped.State}: {stopped.Reason}: {stopped.Detail}");
        }
    }
}
