using System.Security.Cryptography;
using VMUNet.Data.Learning;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Jobs.Promotion;
using VMUNet.Jobs.Retraining;
using VMUNet.Testing;

namespace VMUNet.Jobs.Tests;

public sealed class RetrainJobTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Lesion = "lesion-dermoscopy";
    private static int s_shade;

    [Fact]
    public async Task Accepted_cases_make_a_challenger_that_only_a_person_promotes()
    {
        // Other tests of this class leave the anchor alone: the challenger is a copy of it with one weight changed.
        await using JobsHarness harness = await StartAsync(o => (o.MinimumPatients, o.Margin) = (2, 0.1));
        await AcceptATrainingCaseAsync(harness);

        RetrainReport report = (await harness.Get<RetrainJob>().RunAsync(Lesion, isForced: true, default)).Single();

        Assert.Equal(("judged", GateVerdict.Eligible), (report.Outcome, report.Verdict));
        ModelDetail challenger = await ModelAsync(harness, report.ModelVersionId!.Value);
        Assert.Equal((ModelState.Eligible, ModelOrigin.Trained), (challenger.State, challenger.Origin));
        TrainingRunDetail run = (await harness.Queries.TrainingRunsAsync(1, default)).Single();
        Assert.Equal((TrainingState.Succeeded, 1L), (run.State, run.Seed));
        Assert.True(File.Exists(Path.Combine(run.Folder, "curated", "patients.csv")));
        IReadOnlyList<EvaluationSummary> figures = await harness.Queries.EvaluationsAsync(run.TrainingRunId, default);
        Assert.Equal(2, figures.Count);
        Assert.All(figures, f => Assert.InRange(f.MeanDsc!.Value, 0.5, 1));
        Assert.NotEqual(challenger.ModelVersionId, (await harness.Get<ModelRegistry>().ServingAsync(Lesion, default))!.ModelVersionId);

        await harness.Get<ModelRegistry>().ApproveAsync(challenger.ModelVersionId, "Dr. A", "better on locked", default);

        Assert.Equal(challenger.ModelVersionId, (await harness.Get<ModelRegistry>().ServingAsync(Lesion, default))!.ModelVersionId);
    }

    [Fact]
    public async Task Too_few_locked_patients_give_no_verdict_and_no_way_to_approve()
    {
        await using JobsHarness harness = await StartAsync(_ => { }, changedByte: 2);
        await AcceptATrainingCaseAsync(harness);

        RetrainReport report = (await harness.Get<RetrainJob>().RunAsync(Lesion, isForced: true, default)).Single();

        Assert.Equal(GateVerdict.NoVerdict, report.Verdict);
        Assert.Contains("30 are needed for a verdict", report.Detail, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IllegalModelMoveException>(() =>
            harness.Get<ModelRegistry>().ApproveAsync(report.ModelVersionId!.Value, "Dr. A", "please", default));
    }

    [Fact]
    public async Task A_child_that_fails_leaves_a_failed_run_that_says_so_and_no_model()
    {
        await using JobsHarness harness = await StartAsync(o => o.Command = ["sh", "-c", "echo broken; exit 3"]);
        await AcceptATrainingCaseAsync(harness);
        int before = (await harness.Queries.ModelsAsync(default)).Count;

        RetrainReport report = (await harness.Get<RetrainJob>().RunAsync(Lesion, isForced: true, default)).Single();

        TrainingRunDetail run = (await harness.Queries.TrainingRunsAsync(1, default)).Single();
        Assert.Equal(("failed", TrainingState.Failed, 3), (report.Outcome, run.State, run.ExitCode));
        Assert.Contains("broken", await File.ReadAllTextAsync(Path.Combine(run.Folder, "training.log")), StringComparison.Ordinal);
        Assert.Equal(before, (await harness.Queries.ModelsAsync(default)).Count);
    }

    [Fact]
    public async Task A_child_that_lies_about_its_weights_is_found_out()
    {
        await using JobsHarness harness = await StartAsync(o => o.Command =
            ["sh", "-c", OutOf + $"mkdir -p \"$out\" && cp {Anchor}/model.json \"$out\" && head -c 1000 {Anchor}/weights.safetensors > \"$out/weights.safetensors\"", "train", "{options}"]);
        await AcceptATrainingCaseAsync(harness);

        RetrainReport report = (await harness.Get<RetrainJob>().RunAsync(Lesion, isForced: true, default)).Single();

        Assert.Equal("failed", report.Outcome);
        Assert.Equal(TrainingState.Failed, (await harness.Queries.TrainingRunsAsync(1, default)).Single().State);
    }

    [Fact]
    public async Task Without_rehearsal_data_or_beside_another_run_it_is_skipped_with_the_reason()
    {
        await using JobsHarness harness = await StartAsync(_ => { });
        RetrainReport other = (await harness.Get<RetrainJob>().RunAsync("abdomen-mr-4", isForced: true, default)).Single();
        await using IAsyncDisposable? held = await harness.Get<TrainingLedger>().TryHoldAsync(Lesion, default);

        RetrainReport busy = (await harness.Get<RetrainJob>().RunAsync(Lesion, isForced: true, default)).Single();

        Assert.NotNull(held);
        Assert.Contains("Retrain:RehearsalData:abdomen-mr-4", other.Detail, StringComparison.Ordinal);
        Assert.Equal(("skipped", "another run is under way"), (busy.Outcome, busy.Detail));
        Assert.Contains(await harness.Queries.RecentEventsAsync(20, default), e => e.Kind == "training_skipped");
    }

    [Theory]
    [InlineData(0, null, false)]
    [InlineData(1, null, true)]
    [InlineData(1, 1, false)]
    [InlineData(9, 1, false)]
    [InlineData(10, 1, true)]
    [InlineData(1, 7, true)]
    [InlineData(0, 30, false)]
    public void The_schedule_runs_for_ten_new_patients_or_one_after_a_week(int patients, int? daysAgo, bool isRun)
    {
        DateTimeOffset now = new(2026, 1, 31, 0, 0, 0, TimeSpan.Zero);
        var need = new RetrainNeed(patients, daysAgo is { } days ? now.AddDays(-days) : null);

        Assert.Equal(isRun, RetrainRule.Objection(need, new RetrainOptions(), now) is null);
    }

    private const string OutOf = "out=$(sed -n 's/.*\"out\": \"\\(.*\\)\".*/\\1/p' \"$1\"); ";

    private static string Anchor => Path.Combine(RepoPaths.Root, "models", Lesion);

    private Task<JobsHarness> StartAsync(Action<RetrainOptions> configure, int changedByte = 1)
    {
        string rehearsal = MakeDataSet();
        string challenger = MakeChallenger(changedByte);
        return JobsHarness.StartAsync(postgres, null, s => s.AddRetraining(o =>
        {
            o.RehearsalData[Lesion] = rehearsal;
            o.Command = ["sh", "-c", OutOf + $"mkdir -p \"$out\" && cp {challenger}/* \"$out\"", "train", "{options}"];
            configure(o);
        }));
    }

    /// <summary>The sample images as a data set whose locked split has two of them.</summary>
    private string MakeDataSet()
    {
        string folder = Directory.CreateDirectory(Path.Combine(postgres.DataFolder, Guid.NewGuid().ToString("N"))).FullName;
        string samples = Path.Combine(RepoPaths.Root, "samples", "dermoscopy");
        string[] names = [.. Directory.GetFiles(Path.Combine(samples, "masks")).Select(Path.GetFileNameWithoutExtension).Order()!];
        foreach (string name in names.Take(4))
        {
            foreach (string part in (string[])[$"images/{name}.jpg", $"masks/{name}.png"])
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, part))!);
                File.Copy(Path.Combine(samples, part), Path.Combine(folder, part));
            }
        }
        File.WriteAllText(Path.Combine(folder, "splits.json"), $$"""
            { "train": ["{{names[0]}}"], "dev": ["{{names[1]}}"], "locked": ["{{names[2]}}", "{{names[3]}}"] }
            """);
        return folder;
    }

    /// <summary>The shipped model with the lowest bits of its last weight changed.</summary>
    private string MakeChallenger(int changedByte)
    {
        string folder = Directory.CreateDirectory(Path.Combine(postgres.DataFolder, Guid.NewGuid().ToString("N"))).FullName;
        byte[] weights = File.ReadAllBytes(Path.Combine(Anchor, "weights.safetensors"));
        string old = Convert.ToHexStringLower(SHA256.HashData(weights));
        weights[^4] ^= (byte)changedByte;
        File.WriteAllBytes(Path.Combine(folder, "weights.safetensors"), weights);
        File.WriteAllText(Path.Combine(folder, "model.json"), File.ReadAllText(Path.Combine(Anchor, "model.json"))
            .Replace(old, Convert.ToHexStringLower(SHA256.HashData(weights)), StringComparison.Ordinal));
        return folder;
    }

    /// <summary>Patients until one falls into the training split (the draw is by a random site key), accepted.</summary>
    private static async Task AcceptATrainingCaseAsync(JobsHarness harness)
    {
        for (int i = 0; i < 40; i++)
        {
            string file = harness.Photograph(Guid.NewGuid().ToString("N"), (byte)Interlocked.Increment(ref s_shade));
            await harness.ReceiveAsync(file);
            await harness.WorkAsync();
            await harness.ReceiveAsync(harness.Correction(file, JobsHarness.HumanMask));
            await harness.WorkAsync();
            CuratedDetail? offered = (await harness.Queries.CuratedAsync(CaseState.Checked, 100, default))
                .FirstOrDefault(c => c.Split == Split.Train);
            if (offered is not null)
            {
                await harness.Get<CurationDesk>().AcceptAsync(offered.CuratedCaseId, "curator", "", default);
                return;
            }
        }
        Assert.Fail("No patient of 40 fell into the training split");
    }

    private static async Task<ModelDetail> ModelAsync(JobsHarness harness, long id) =>
        (await harness.Queries.ModelsAsync(default)).Single(m => m.ModelVersionId == id);
}
