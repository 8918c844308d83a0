using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests;

/// <summary>The bash launcher: what it says and hands on. Needs no build: it finds the program that was built for these tests.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmunet-launcher-");

    [Fact]
    public async Task Says_in_one_sentence_what_to_install_when_the_sdk_is_missing()
    {
        var tools = Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")).FullName;
        foreach (var tool in new[] { "bash", "env", "readlink", "dirname", "find", "sort", "sha256sum", "cut", "cat", "mkdir", "flock" })
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), Find(tool));
        }

        // A copy without a built program beside it, so that it must build.
        var copy = Path.Combine(_folder.FullName, "vmunet");
        File.Copy(Path.Combine(RepoPaths.Root, "vmunet"), copy);
        using var process = VmunetProcess.StartProcess(
            copy, ["--version"], new Dictionary<string, string> { ["PATH"] = tools });
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("vmunet: the .NET 10 SDK is missing: install it", said, StringComparison.Ordinal);
        Assert.Single(said.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_build_that_fails_says_where_its_text_is_and_runs_nothing()
    {
        var copy = Path.Combine(_folder.FullName, "vmunet");
        File.Copy(Path.Combine(RepoPaths.Root, "vmunet"), copy);
        File.Copy(Path.Combine(RepoPaths.Root, "global.json"), Path.Combine(_folder.FullName, "global.json"));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "src"));
        using var process = VmunetProcess.StartProcess(copy, ["--version"]);
        var said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains("the build failed; its full text is in", said, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Find(string tool) =>
        new[] { "/usr/bin", "/bin", "/usr/local/bin" }.Select(folder => Path.Combine(folder, tool)).First(File.Exists);
}
