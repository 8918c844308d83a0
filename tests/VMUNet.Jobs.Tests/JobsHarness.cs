using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Queries;
using VMUNet.Data.Studies;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Jobs.Models;
using VMUNet.Model;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

/// <summary>The room over a real database and data folder, with the shipped lesion model; jobs are run by hand.</summary>
internal sealed class JobsHarness : IAsyncDisposable
{
    private static readonly DateTimeOffset s_day = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly PostgresFixture _postgres;
    private readonly ServiceProvider _services;

    private JobsHarness(PostgresFixture postgres, ServiceProvider services) => (_postgres, _services) = (postgres, services);

    public static string Sample => Path.Combine(RepoPaths.Root, "samples", "dermoscopy", "images", "ISIC_0000000.jpg");

    public static string SampleMask => Path.Combine(RepoPaths.Root, "samples", "dermoscopy", "masks", "ISIC_0000000.png");

    public static IReadOnlyList<OrganLabel> Organs => TaskDefinition.Get("lesion-dermoscopy").Labels;

    public string DataFolder => _postgres.DataFolder;

    public PacsQueries Queries => Get<PacsQueries>();

    public static async Task<JobsHarness> StartAsync(
        PostgresFixture postgres, Action<JobsOptions>? configure = null, Action<IServiceCollection>? more = null)
    {
        ServiceProvider services = await postgres.ServicesAsync(s =>
        {
            s.AddJobs(o =>
            {
                o.ModelFolders = [Path.Combine(RepoPaths.Root, "models")];
                o.DeliveryFirstWait = TimeSpan.FromMilliseconds(1);
                o.RetryWait = TimeSpan.FromMilliseconds(1);
                configure?.Invoke(o);
            });
            more?.Invoke(s);
        });
        await services.GetRequiredService<ModelRegistrar>().RunAsync(default);
        return new JobsHarness(postgres, services);
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A dermoscopy photograph as DICOM with new UIDs; the pixels differ by <paramref name="shade"/>.</summary>
    public string Photograph(string patientId = "P1", byte shade = 0)
    {
        Picture picture = PictureFile.Read(Sample);
        byte[] rgb = picture.Rgb.ToArray();
        rgb[0] = shade;
        return Dicomizer.FromPicture(new Picture(picture.Rows, picture.Columns, rgb), NewFolder(), new DicomizeOptions
        {
            Kind = DicomizeKind.Dermoscopy,
            CreatedAt = s_day,
            PatientId = patientId,
        });
    }

    /// <summary>A reviewer's SEG over the photograph, from a mask picture or from given labels.</summary>
    public string Correction(string photograph, Func<SourceSeries, LabelMap> labels, bool isReviewer = true)
    {
        var source = ((SeriesContent.AsPhotograph)SeriesReader.Read([photograph], default)).Source;
        var written = (SegResult.Written)SegWriter.Write(source, labels(source), Organs, new SegProvenance
        {
            AlgorithmName = "drawn",
            AlgorithmVersion = "1",
            WeightsSha256 = new string('0', 64),
            ModelName = "none",
            SoftwareVersion = "test",
            CreatedAt = s_day,
            IsReviewerCorrection = isReviewer,
        });
        string path = Path.Combine(NewFolder(), "seg.dcm");
        written.Save(path);
        return path;
    }

    /// <summary>The human mask of the sample on its grid.</summary>
    public static LabelMap HumanMask(SourceSeries source)
    {
        LabelMap mask = PictureFile.ReadMask(SampleMask);
        return new LabelMap(source.Geometry, [.. mask.Labels.ToArray().Select(v => (byte)(v == 0 ? 0 : 1))]);
    }

    /// <summary>The sample volume as an MR series, stored and complete.</summary>
    public async Task<ReceivedInstance[]> ReceiveVolumeAsync()
    {
        string sample = Directory.GetFiles(Path.Combine(RepoPaths.Root, "samples", "abdomen-mr-chaos", "images")).Order().First();
        var stored = new List<ReceivedInstance>();
        foreach (string slice in Dicomizer.FromVolume(NiftiFile.Read(sample), NewFolder(), new DicomizeOptions
        {
            Kind = DicomizeKind.Mr,
            CreatedAt = s_day,
            BodyPart = "ABDOMEN",
        }))
        {
            stored.Add(await StoreAsync(slice));
        }
        await CompleteAsync();
        return [.. stored];
    }

    /// <summary>Stores a file as the listener does, and completes its series.</summary>
    public async Task<ReceivedInstance> ReceiveAsync(string file)
    {
        ReceivedInstance instance = await StoreAsync(file);
        await CompleteAsync();
        return instance;
    }

    private async Task<ReceivedInstance> StoreAsync(string file)
    {
        byte[] bytes = await File.ReadAllBytesAsync(file);
        DicomDataset header = (await DicomFile.OpenAsync(file)).Dataset;
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        string relative = $"spool/{hash}.dcm";
        Directory.CreateDirectory(Path.Combine(DataFolder, "spool"));
        await File.WriteAllBytesAsync(Path.Combine(DataFolder, relative), bytes);
        var instance = new ReceivedInstance
        {
            SopInstanceUid = header.GetString(DicomTag.SOPInstanceUID),
            SopClassUid = header.GetString(DicomTag.SOPClassUID),
            StudyInstanceUid = header.GetString(DicomTag.StudyInstanceUID),
            SeriesInstanceUid = header.GetString(DicomTag.SeriesInstanceUID),
            TransferSyntaxUid = "1.2.840.10008.1.2.1",
            Path = relative,
            ByteCount = bytes.Length,
            FileSha256 = hash,
            PatientId = header.GetString(DicomTag.PatientID),
            Modality = header.GetString(DicomTag.Modality),
            BodyPart = header.GetSingleValueOrDefault(DicomTag.BodyPartExamined, ""),
            QuietPeriod = TimeSpan.Zero,
        };
        await Get<StudyRegistry>().RecordAsync(instance, default);
        return instance;
    }

    private async Task CompleteAsync()
    {
        CompletionTimers timers = Get<CompletionTimers>();
        foreach (DueSeries due in await timers.DueAsync(100, default))
        {
            await timers.CompleteAsync(due, null, default);
        }
    }

    /// <summary>Dispatches and runs every job that is queued. Returns the jobs.</summary>
    public async Task<IReadOnlyList<long>> WorkAsync()
    {
        await Get<SeriesDispatcher>().RunAsync(default);
        List<long> jobs = JsonSerializer.Deserialize<List<long>>(await _postgres.ScalarAsync<string>("""
            select coalesce(jsonb_agg(series_job_id order by series_job_id), '[]')::text from series_job where state = 'queued'
            """) ?? "[]")!;
        foreach (long job in jobs)
        {
            bool isSegment = await _postgres.ScalarAsync<string>(
                $"select kind from series_job where series_job_id = {job}") == "segment";
            await (isSegment ? Get<SegmentSeriesJob>().RunAsync(job, default) : Get<AdmitCorrectionJob>().RunAsync(job, default));
        }
        return jobs;
    }

    public async Task<SeriesSummary> SeriesAsync(ReceivedInstance instance) =>
        (await Queries.StudyAsync(instance.StudyInstanceUid, default))!.Series
            .Single(s => s.Series.SeriesInstanceUid == instance.SeriesInstanceUid).Series;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private string NewFolder() => Directory.CreateDirectory(Path.Combine(DataFolder, "made", Guid.NewGuid().ToString("N"))).FullName;
}
