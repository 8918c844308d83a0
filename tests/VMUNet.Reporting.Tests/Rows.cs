using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;

namespace VMUNet.Reporting.Tests;

/// <summary>Rows as the other rooms write them, through the Data room.</summary>
internal sealed class Rows(IServiceProvider services)
{
    public const string Task = "abdomen-test";

    private static int s_next = 1000;

    public static string NewUid() => $"9.{Interlocked.Increment(ref s_next)}";

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    public static ReceivedInstance Instance(string? study = null)
    {
        string uid = study ?? NewUid();
        string series = NewUid();
        return new ReceivedInstance
        {
            SopInstanceUid = $"{series}.1",
            SopClassUid = "1.2.840.10008.5.1.4.1.1.4",
            StudyInstanceUid = uid,
            SeriesInstanceUid = series,
            TransferSyntaxUid = "1.2.840.10008.1.2.1",
            Path = $"spool/{series}.dcm",
            ByteCount = 1000,
            FileSha256 = Hash(series),
            PixelSha256 = Hash("pixels " + series),
            PatientId = "P1",
            Modality = "MR",
            CallingAe = "SENDER",
            QuietPeriod = TimeSpan.Zero,
        };
    }

    public async Task<long> ReceiveAsync(ReceivedInstance instance) =>
        ((RecordOutcome.Stored)await services.GetRequiredService<StudyRegistry>().RecordAsync(instance, default)).SeriesId;

    /// <summary>Receives, completes and leases.</summary>
    public async Task<JobLease> LeaseAsync(ReceivedInstance instance, JobKind kind = JobKind.Segment)
    {
        long series = await ReceiveAsync(instance);
        CompletionTimers timers = services.GetRequiredService<CompletionTimers>();
        DueSeries due = (await timers.DueAsync(1000, default)).Single(d => d.SeriesId == series);
        await timers.CompleteAsync(due, null, default);
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        await ledger.DispatchAsync(1000, _ => new JobPlan.Enqueue(kind, "b-routine",
            kind == JobKind.Segment ? "abdomen route" : null, kind == JobKind.Segment ? Task : null, [], ["because"]), default);
        long job = (await ledger.TakeUnqueuedAsync(1000, default)).Max(j => j.SeriesJobId);
        return (await ledger.StartAsync(job, "worker", TimeSpan.FromMinutes(1), default))!;
    }

    public async Task<RegisteredModel> ModelAsync(string name = "first", string task = Task, ModelOrigin origin = ModelOrigin.Shipped)
    {
        ModelRegistry registry = services.GetRequiredService<ModelRegistry>();
        await registry.RegisterAsync([new ModelRegistration
        {
            Task = task,
            Name = name,
            WeightsSha256 = Hash(task + name),
            Folder = "/models/" + name,
            Origin = origin,
            CodeVersion = "1",
        }], default);
        return (await registry.ServingAsync(name, default))!;
    }

    /// <summary>A result for the lease's series.</summary>
    public async Task<long> ResultAsync(
        JobLease lease, IReadOnlyList<OrganVolume>? organs = null, IReadOnlyList<string>? destinations = null, string path = "results/none.dcm")
    {
        await ModelAsync();
        RegisteredModel model = (await services.GetRequiredService<ModelRegistry>().ServingAsync(Task, default))!;
        bool isEmpty = organs is { Count: 0 };
        return await services.GetRequiredService<ResultLedger>().StoreAsync(lease, new NewSegmentation
        {
            ModelVersionId = model.ModelVersionId,
            WeightsSha256 = model.WeightsSha256,
            PixelDigest = Hash("digest " + lease.Series.SeriesInstanceUid),
            File = isEmpty ? null : new ResultFile(NewUid(), NewUid(), path, Hash("file")),
            StageSeconds = new Dictionary<string, double> { ["segment"] = 1.5, ["read"] = 0.25 },
            Organs = organs ?? [new OrganVolume(1, "liver", 10, 1234.56)],
            SoftwareVersion = "1",
            Precision = "fast",
            Deliveries = [.. (destinations ?? []).Select(d => new PlannedDelivery(d))],
        }, "segment", default);
    }

    /// <summary>A scored correction of a result, offered to the pool.</summary>
    public async Task<AdmittedCorrection> CorrectAsync(JobLease segmented, IReadOnlyList<QaRow> rows, string? reviewer = null)
    {
        JobLease lease = await LeaseAsync(Instance(segmented.Series.StudyInstanceUid) with { Modality = "SEG" }, JobKind.Correction);
        CorrectionDesk desk = services.GetRequiredService<CorrectionDesk>();
        AdmittedCorrection admitted = await desk.AdmitAsync(lease, new NewCorrection
        {
            Instance = lease.Files[0],
            Target = (await desk.FindTargetAsync(segmented.Series.SeriesInstanceUid, default))!,
            Reviewer = reviewer,
            MaskSha256 = Hash("mask " + lease.Series.SeriesInstanceUid),
            PixelDigest = Hash("digest " + segmented.Series.SeriesInstanceUid),
            Convention = "vmunet-qa/1",
            Grid = new QaGrid("mm", 3, 4, 5, 2, 1, 1, 7),
            Rows = rows,
        }, "correction", default);
        await desk.FinishAsync(lease, "1 correction admitted", "correction", default);
        return admitted;
    }

    public static QaRow Scored(byte label, string organ, double dsc, double hd95) => new()
    {
        Label = label,
        Organ = organ,
        Status = QaStatus.Scored,
        Counts = (90, 5, 5),
        Dsc = dsc,
        Iou = dsc / (2 - dsc),
        Hd = hd95 + 1,
        Hd95 = hd95,
        Hd95Pooled = hd95,
        Assd = hd95 / 4,
        Masd = hd95 / 4,
        VolumePredictionMl = 1400.25,
        VolumeReferenceMl = 1380.75,
    };
}
