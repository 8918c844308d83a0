using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hangfire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;
using VMUNet.Jobs.Models;
using VMUNet.Jobs.Promotion;
using VMUNet.Jobs.Retraining;
using VMUNet.Model;

namespace VMUNet.Jobs;

/// <summary>How retraining one task ended.</summary>
/// <param name="Task">The task.</param>
/// <param name="Outcome">"skipped", "failed" or "judged".</param>
/// <param name="Detail">Why, for people.</param>
/// <param name="TrainingRunId">The run's row; null when skipped.</param>
/// <param name="ModelVersionId">The challenger; null unless judged.</param>
/// <param name="Verdict">The gate's verdict; null unless judged.</param>
public sealed record RetrainReport(string Task, string Outcome, string Detail, long? TrainingRunId = null,
    long? ModelVersionId = null, GateVerdict? Verdict = null);

/// <summary>
/// Accepted cases + rehearsal data -> child process fine-tunes from the anchor -> challenger -> both models on the locked
/// set -> gate. Nothing is promoted here: a person approves (<see cref="ModelRegistry.ApproveAsync"/>).
/// </summary>
public sealed class RetrainJob(TrainingLedger ledger, ModelRegistry registry, CuratedDataSet curated, TrainingProcess process,
    ModelRegistrar registrar, IOptions<RetrainOptions> options, IOptions<PacsDataOptions> data, TimeProvider time,
    ILogger<RetrainJob> logger)
{
    private static readonly string[] s_modelFiles = ["weights.safetensors", "model.json"];

    /// <summary>The Hangfire entry: every task that has rehearsal data.</summary>
    [AutomaticRetry(Attempts = 0)]
    public Task RunScheduledAsync(CancellationToken ct) => RunAsync(null, isForced: false, ct);

    /// <summary>Retrains one task, or, where null, all that have rehearsal data.</summary>
    /// <param name="task">The task.</param>
    /// <param name="isForced">Runs also where the schedule would not; accepted cases are needed all the same.</param>
    /// <param name="ct">Stops the child.</param>
    public async Task<IReadOnlyList<RetrainReport>> RunAsync(string? task, bool isForced, CancellationToken ct)
    {
        var reports = new List<RetrainReport>();
        string[] tasks = task is null ? [.. options.Value.RehearsalData.Keys.Order(StringComparer.Ordinal)] : [task];
        foreach (string one in tasks)
        {
            RetrainReport report = await RunOneAsync(one, isForced, ct);
            if (report.Outcome == "failed")
            {
                Log.RetrainingFailed(logger, one, report.Detail);
            }
            else
            {
                Log.Retraining(logger, one, $"{report.Outcome}: {report.Detail}");
            }
            reports.Add(report);
        }
        return reports;
    }

    private async Task<RetrainReport> RunOneAsync(string task, bool isForced, CancellationToken ct)
    {
        // One run a task at a time, on whatever host; the right ends with our session.
        await using IAsyncDisposable? right = await ledger.TryHoldAsync(task, ct);
        if (right is null)
        {
            return await SkipAsync(task, "another run is under way", ct);
        }
        if (Unready(task) is { } unready)
        {
            return await SkipAsync(task, unready, ct);
        }
        RetrainNeed need = await ledger.NeedAsync(task, ct);
        if (!isForced && RetrainRule.Objection(need, options.Value, time.GetUtcNow()) is { } objection)
        {
            return await SkipAsync(task, objection, ct);
        }
        RegisteredModel? champion = await registry.ServingAsync(task, ct);
        RegisteredModel? anchor = await registry.AnchorAsync(task, ct);
        if (champion is null || anchor is null)
        {
            return await SkipAsync(task, "the task has no champion to start from", ct);
        }
        DatasetFreeze freeze;
        try
        {
            freeze = await ledger.FreezeAsync(task, ct);
        }
        catch (LeakageException e)
        {
            return await SkipAsync(task, e.Message, ct);
        }
        return freeze.Items.Any(i => i.Split == Split.Train)
            ? await TrainAsync(task, champion, anchor, freeze, ct)
            : await SkipAsync(task, $"{freeze.Items.Count} accepted cases, none in the training split", ct);
    }

    private string? Unready(string task)
    {
        if (options.Value.Command.Count == 0)
        {
            return "no training command is configured (Retrain:Command)";
        }
        return options.Value.RehearsalData.TryGetValue(task, out string? folder) && Directory.Exists(folder)
            ? null
            : $"no rehearsal data: name the folder of the base data set in Retrain:RehearsalData:{task}";
    }

    private async Task<RetrainReport> TrainAsync(
        string task, RegisteredModel champion, RegisteredModel anchor, DatasetFreeze freeze, CancellationToken ct)
    {
        string folder = Path.Combine(data.Value.DataFolder, "training",
            $"{task}-{time.GetUtcNow():yyyyMMdd'T'HHmmssfff}");
        Directory.CreateDirectory(folder);
        TrainingOptions training = Training(task, anchor, freeze, folder);
        long run = await ledger.BeginAsync(new NewTrainingRun
        {
            Task = task,
            BaseModelVersionId = anchor.ModelVersionId,
            DatasetSnapshotId = freeze.DatasetSnapshotId,
            CodeVersion = Product.Version,
            ConfigJson = training.ToJson(),
            Seed = training.Seed,
            Folder = folder,
        }, ct);
        try
        {
            return await TrainAsync(run, training, champion, freeze, folder, ct);
        }
        catch (Exception e) // a door's catch-all: whatever broke, the run's row says so
        {
            await ledger.FailAsync(run, null, e.Message, CancellationToken.None);
            if (e is OperationCanceledException && ct.IsCancellationRequested)
            {
                throw;
            }
            return new RetrainReport(task, "failed", e.Message, run);
        }
    }

    private async Task<RetrainReport> TrainAsync(long run, TrainingOptions training, RegisteredModel champion,
        DatasetFreeze freeze, string folder, CancellationToken ct)
    {
        TaskDefinition definition = TaskDefinition.Get(training.Task);
        await Task.Run(() => curated.Write(
            training.CuratedData!, freeze.Items.Where(i => i.Split == Split.Train), definition, ct), ct);
        string optionsFile = Path.Combine(folder, "options.json");
        await File.WriteAllTextAsync(optionsFile, training.ToJson(), ct);
        string log = Path.Combine(folder, "training.log");
        int? exit = await process.RunAsync(optionsFile, log, ct);
        if (exit != 0)
        {
            string reason = exit is null ? $"stopped at its limit of {options.Value.TimeLimit.TotalHours:0.#} h"
                : $"the training process ended with {exit}; see {log}";
            await ledger.FailAsync(run, exit, reason, ct);
            return new RetrainReport(training.Task, "failed", reason, run);
        }
        string challenger = Install(training.Out, training.Name!);
        return await JudgeAsync(run, training, champion, challenger, freeze, definition, folder, ct);
    }

    private async Task<RetrainReport> JudgeAsync(long run, TrainingOptions training, RegisteredModel champion,
        string challenger, DatasetFreeze freeze, TaskDefinition definition, string folder, CancellationToken ct)
    {
        var sets = new List<(DataSet Data, string Split)> { (DataSet.Open(training.Data), "locked") };
        string own = Path.Combine(folder, "locked");
        if (freeze.Items.Any(i => i.Split == Split.Locked))
        {
            await Task.Run(() => curated.Write(own, freeze.Items.Where(i => i.Split == Split.Locked), definition, ct), ct);
            sets.Add((DataSet.Open(own), DataSet.AllCases));
        }
        LockedFigures figures = await Task.Factory.StartNew(
            () => ChallengerJudge.Evaluate(challenger, champion.Folder, sets, ct), ct, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        ModelManifest manifest = ManifestOf(challenger);
        PromotionJudgement judgement = Judge(figures, manifest, ManifestOf(champion.Folder));
        long version = await ledger.CompleteAsync(run, new TrainingOutcome
        {
            Challenger = ModelRegistrar.Registration(manifest, challenger, ModelOrigin.Trained),
            ChampionModelVersionId = champion.ModelVersionId,
            SetName = "locked",
            SetSha256 = HashOf(sets.Select(s => s.Data.ManifestSha256(s.Split))),
            Convention = SegmentationQa.Convention,
            ChallengerRows = figures.Challenger,
            ChampionRows = figures.Champion,
            Verdict = VerdictOf(judgement.Verdict),
            GatesJson = JsonSerializer.Serialize(new { Limits = options.Value.Limits(), judgement.Gates }),
            Reasons = judgement.Reasons,
        }, ct);
        return new RetrainReport(
            training.Task, "judged", string.Join("; ", judgement.Reasons), run, version, judgement.Verdict);
    }

    private PromotionJudgement Judge(LockedFigures figures, ModelManifest challenger, ModelManifest champion)
    {
        if (challenger.WeightsSha256 == champion.WeightsSha256)
        {
            return new PromotionJudgement(GateVerdict.Kept, [], ["the training changed no weight"]);
        }
        if (ModelRegistrar.PreprocessingHash(challenger) != ModelRegistrar.PreprocessingHash(champion))
        {
            return new PromotionJudgement(GateVerdict.NoVerdict, [], ["the preprocessing constants differ from the champion's"]);
        }
        return PromotionRule.Judge(figures.Pairs(), options.Value.Limits());
    }

    private TrainingOptions Training(string task, RegisteredModel anchor, DatasetFreeze freeze, string folder) => new()
    {
        Task = task,
        Data = Path.GetFullPath(options.Value.RehearsalData[task]),
        Out = Path.Combine(folder, "out"),
        Name = Path.GetFileName(folder),
        Seed = options.Value.Seed,
        Stages = [new TrainingStage(ManifestOf(anchor.Folder).Preprocessing.Size, options.Value.Images)],
        Batch = options.Value.Batch,
        Workers = options.Value.Workers,
        PeakRate = options.Value.PeakRate,
        InitialModel = anchor.Folder,
        CuratedData = Path.Combine(folder, "curated"),
        RehearsalShare = options.Value.RehearsalShare,
        DataManifestSha256 = freeze.ManifestSha256,
    };

    /// <summary>Copies the model beside its place, loads it once (which checks its hash), then renames: neither a crash nor
    /// a child that ended well too early leaves a damaged model where the next start would register it.</summary>
    private string Install(string trained, string name)
    {
        string final = Path.Combine(registrar.SiteFolder, name);
        string temporary = trained + ".part"; // not among the site's models: a start would find it there
        Directory.CreateDirectory(registrar.SiteFolder);
        if (Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }
        Directory.CreateDirectory(temporary);
        foreach (string file in s_modelFiles)
        {
            string source = Path.Combine(trained, file);
            if (!File.Exists(source))
            {
                throw new BadInputException($"The training process ended well but wrote no {file} into {trained}");
            }
            File.Copy(source, Path.Combine(temporary, file));
        }
        LoadedModel.Load(temporary).Dispose();
        Directory.Move(temporary, final);
        DurableFolder.Flush(registrar.SiteFolder);
        return final;
    }

    private async Task<RetrainReport> SkipAsync(string task, string reason, CancellationToken ct)
    {
        await ledger.SkipAsync(task, reason, ct);
        return new RetrainReport(task, "skipped", reason);
    }

    private static ModelManifest ManifestOf(string folder)
    {
        ModelInfo? model = ModelCatalog.List(Path.GetDirectoryName(folder)!)
            .FirstOrDefault(m => Path.GetFullPath(m.Folder) == Path.GetFullPath(folder));
        return model?.Manifest ?? throw new BadInputException(
            $"'{folder}' holds no readable model{(model?.Fault is { } fault ? $": {fault}" : "")}");
    }

    private static PromotionVerdict VerdictOf(GateVerdict verdict) => verdict switch
    {
        GateVerdict.Eligible => PromotionVerdict.Eligible,
        GateVerdict.NoVerdict => PromotionVerdict.NoVerdict,
        GateVerdict.Kept => PromotionVerdict.Kept,
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
    };

    private static string HashOf(IEnumerable<string> hashes) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', hashes))));
}
