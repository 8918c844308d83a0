using TorchSharp;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>Reads the files of tests/goldens/model and compares with them.</summary>
internal static class Golden
{
    /// <summary>Tensors of one file, in the current dispose scope.</summary>
    public static Dictionary<string, Tensor> Read(string name) =>
        SafeTensors.Read(PathOf(name + ".safetensors"));

    /// <summary>Path of a golden file.</summary>
    public static string PathOf(string file) => Path.Combine(Folder, file);

    public static string Folder { get; } = Find();

    /// <summary>Largest absolute difference over the largest absolute value of <paramref name="expected"/>.</summary>
    public static double Relative(Tensor actual, Tensor expected)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        Tensor wanted = expected.to(ScalarType.Float64);
        Assert.True(actual.isfinite().all().item<bool>());
        Tensor difference = (actual.to(ScalarType.Float64) - wanted).abs().max();
        return (difference / wanted.abs().max().clamp_min(1e-30)).item<double>();
    }

    public static void Close(Tensor actual, Tensor expected, double tolerance, string what)
    {
        double relative = Relative(actual, expected);
        Assert.True(relative <= tolerance, $"{what}: relative difference {relative:E2}, tolerance {tolerance:E0}");
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "VMUNet.Pacs.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "tests", "goldens", "model");
    }
}
