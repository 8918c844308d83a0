using System.Diagnostics;
using System.Text.Json;

namespace VMUNet.Dicom.Tests;

/// <summary>Judges that others wrote: a SEG checker on pydicom and numpy, and dciodvfy of dicom3tools.</summary>
internal static class Oracle
{
    private const string Python = "/usr/bin/python3";

    /// <summary>Runs check_seg.py; fails the test with its violations.</summary>
    public static JsonElement CheckSeg(string seg, string source, params string[] more)
    {
        var script = SharedFolder.Need("oracles", "check_seg.py");
        NeedTool(Python, "-c", "import pydicom, numpy");
        NeedTool("dciodvfy", "-version");
        var (code, output, error) = Run(Python, [script, seg, "--source", source, .. more]);
        Assert.True(code is 0 or 1, $"the checker did not run: {error}");
        var report = JsonDocument.Parse(output).RootElement.Clone();
        Assert.True(report.GetProperty("ok").GetBoolean(), report.GetProperty("violations").ToString());
        return report;
    }

    /// <summary>Decodes a SEG made by others with the checker's own decoder; its violations are not ours.</summary>
    public static byte[] DecodeSeg(string seg, string source, string folder)
    {
        var script = SharedFolder.Need("oracles", "check_seg.py");
        NeedTool(Python, "-c", "import pydicom, numpy");
        var map = Path.Combine(folder, "decoded.raw");
        Run(Python, [script, seg, "--source", source, "--profile", "dicom", "--no-dciodvfy", "--labelmap-out", map]);
        return File.ReadAllBytes(map);
    }

    /// <summary>A synthetic series with a SEG and its truth, made by an independent writer.</summary>
    public static void MakeFixture(string kind, string segmentationType, string folder)
    {
        var script = SharedFolder.Need("oracles", "fixture", "make_fixture.py");
        NeedTool(Python, "-c", "import pydicom, numpy");
        var (code, _, error) = Run(Python, [script, "--kind", kind, "--seg-type", segmentationType, folder]);
        Assert.True(code == 0, error);
    }

    /// <summary>Errors that dciodvfy finds in a file.</summary>
    public static IReadOnlyList<string> DicomErrors(string file)
    {
        NeedTool("dciodvfy", "-version");
        var (_, output, error) = Run("dciodvfy", ["-new", file]);
        return [.. (output + error).Split('\n').Where(l => l.StartsWith("Error", StringComparison.Ordinal))];
    }

    /// <summary>A report as dsrdump of DCMTK prints it; fails the test where it cannot.</summary>
    public static string DumpReport(string file)
    {
        NeedTool("dsrdump", "--version");
        var (code, output, error) = Run("dsrdump", ["--print-instance-uid", file]);
        Assert.True(code == 0 && !error.Contains("E:", StringComparison.Ordinal), error);
        return output;
    }

    private static void NeedTool(string tool, params string[] arguments)
    {
        try
        {
            var (code, _, _) = Run(tool, arguments);
            if (tool == Python && code != 0)
            {
                Assert.Skip("python3-pydicom and python3-numpy are not installed");
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{tool} is not installed");
        }
    }

    private static (int Code, string Output, string Error) Run(string program, IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
