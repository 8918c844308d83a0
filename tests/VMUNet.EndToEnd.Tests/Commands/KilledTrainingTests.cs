using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests.Commands;

/// <summary>A training as a real child process, killed and stopped on the way.</summary>
public sealed partial class KilledTrainingTests : IDisposable
{
    private const int SigTerm = 15;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("speed", "slow")]
    public async Task A_run_that_is_killed_and_then_asked_to_stop_ends_with_the_same_weights_as_one_left_alone()
    {
        var ct = TestContext.Current.CancellationToken;
        var whole = await RunAsync("whole", _ => { }, ct);
        Assert.Equal(0, whole.ExitCode);

        var killed = await RunAsync("parts", p => p.Kill(entireProcessTree: true), ct);
        Assert.NotEqual(0, killed.ExitCode);
        Assert.True(File.Exists(_folder.File("parts/checkpoint.json")));
        Assert.False(File.Exists(_folder.File("parts/model.json")));

        var stopped = await RunAsync("parts", p => _ = Kill(p.Id, SigTerm), ct);
        Assert.Equal(1, stopped.ExitCode);
        Assert.Contains("the same command continues it", stopped.Said, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("parts/model.json")));

        Assert.Equal(0, (await RunAsync("parts", _ => { }, ct)).ExitCode);
        Assert.Equal(WeightsOf("whole"), WeightsOf("parts"));
        Assert.True(File.Exists(_folder.File("parts/curve.png")));
    }

    /// <summary>Starts the training and does something to the process when it first tells how far it is.</summary>
    private async Task<(int ExitCode, string Said)> RunAsync(string name, Action<Process> atFirstReport, CancellationToken ct)
    {
        var options = _folder.File(name + ".json");
        await File.WriteAllTextAsync(options, $$"""
            {
              "task": "lesion-dermoscopy", "data": "{{Path.Combine(RepoPaths.Root, "samples/dermoscopy")}}", "out": "{{_folder.File(name)}}",
              "name": "parts", "train_split": "all", "dev_split": null, "dims": [8, 16, 32, 64], "depths": [1, 1, 1, 1],
              "depths_decoder": [1, 1, 1, 1], "stages": [{"size": 32, "images": 800}], "batch": 4, "warm_up_steps": 3,
              "checkpoint_minutes": 0.001
            }
            """, ct);
        using var process = VmunetProcess.StartProcess(VmunetProcess.Program, ["train", "--options", options]);
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var said = new List<string>();
        while (await process.StandardError.ReadLineAsync(ct) is { } line)
        {
            said.Add(line);
            if (said.Count(l => l.StartsWith("step ", StringComparison.Ordinal)) == 1 && line.StartsWith("step ", StringComparison.Ordinal))
            {
                atFirstReport(process);
            }
        }

        await output;
        await process.WaitForExitAsync(ct);
        return (process.ExitCode, string.Join('\n', said));
    }

    private string? WeightsOf(string name)
    {
        using var manifest = JsonDocument.Parse(File.ReadAllText(_folder.File($"{name}/model.json")));
        return manifest.RootElement.GetProperty("weights_sha256").GetString();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
