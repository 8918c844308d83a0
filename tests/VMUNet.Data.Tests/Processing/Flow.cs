using Microsoft.Extensions.DependencyInjection;
using VMUNet.Data.Processing;
using VMUNet.Data.Studies;
using VMUNet.Data.Tests.Studies;

namespace VMUNet.Data.Tests.Processing;

/// <summary>Brings series to where a test begins.</summary>
internal static class Flow
{
    private static int s_next = 1000;

    public static readonly JobPlan Plan = new JobPlan.Enqueue(JobKind.Segment, "b-routine", "route", "task", [], ["because"]);

    public static string NewUid() => $"9.{Interlocked.Increment(ref s_next)}";

    /// <summary>A complete series with one instance.</summary>
    public static async Task<long> CompleteAsync(IServiceProvider services, string patient = "P1")
    {
        string study = NewUid();
        var stored = (RecordOutcome.Stored)await services.GetRequiredService<StudyRegistry>().RecordAsync(
            Arrivals.Instance(study, study + ".1", 1) with { PatientId = patient }, default);
        CompletionTimers timers = services.GetRequiredService<CompletionTimers>();
        foreach (DueSeries due in await timers.DueAsync(1000, default))
        {
            await timers.CompleteAsync(due, null, default);
        }
        return stored.SeriesId;
    }

    /// <summary>The job of a series that was complete.</summary>
    public static async Task<long> QueueAsync(IServiceProvider services, string patient = "P1")
    {
        await CompleteAsync(services, patient);
        JobLedger ledger = services.GetRequiredService<JobLedger>();
        await ledger.DispatchAsync(1000, _ => Plan, default);
        return (await ledger.TakeUnqueuedAsync(1000, default)).Max(j => j.SeriesJobId);
    }

    public static async Task<JobLease> LeaseAsync(IServiceProvider services, TimeSpan? duration = null, string patient = "P1") =>
        (await services.GetRequiredService<JobLedger>().StartAsync(
            await QueueAsync(services, patient), "worker", duration ?? TimeSpan.FromMinutes(1), default))!;

    public static async Task<RegisteredModel> ModelAsync(IServiceProvider services)
    {
        ModelRegistry registry = services.GetRequiredService<ModelRegistry>();
        await registry.RegisterAsync([Registration("task", "champion")], default);
        return (await registry.ServingAsync("task", default))!;
    }

    public static ModelRegistration Registration(string task, string weights, ModelOrigin origin = ModelOrigin.Shipped) => new()
    {
        Task = task,
        Name = weights,
        WeightsSha256 = Arrivals.Hash(weights),
        Folder = "/models/" + weights,
        Origin = origin,
        CodeVersion = "1",
    };

    public static async Task<NewSegmentation> ResultAsync(IServiceProvider services, string pixels, params string[] destinations)
    {
        RegisteredModel model = await ModelAsync(services);
        return new NewSegmentation
        {
            ModelVersionId = model.ModelVersionId,
            WeightsSha256 = model.WeightsSha256,
            PixelDigest = Arrivals.Hash(pixels),
            File = new ResultFile(NewUid(), NewUid(), "results/x", Arrivals.Hash("file")),
            StageSeconds = new Dictionary<string, double> { ["segment"] = 1.5 },
            Organs = [new OrganVolume(1, "liver", 10, 0.5)],
            SoftwareVersion = "1",
            Precision = "fast",
            Deliveries = [.. destinations.Select(d => new PlannedDelivery(d))],
        };
    }
}
