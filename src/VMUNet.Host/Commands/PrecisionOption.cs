using System.CommandLine;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>--precision fp32|fast|auto</c>.</summary>
internal static class PrecisionOption
{
    private const string Auto = "auto";

    /// <summary>For numbers that are compared: float32 unless asked otherwise.</summary>
    public static Option<string> Create() => Create("fp32");

    /// <summary>For results: as the service computes them, so that both give the same voxels.</summary>
    public static Option<string> CreateAsServed() => Create(Auto);

    /// <summary>Loads a model in the precision that was asked for.</summary>
    public static LoadedModel Load(ParseResult parsed, Option<string> option, string folder, string device = DeviceChoice.Auto) =>
        parsed.GetRequiredValue(option) == Auto
            ? LoadedModel.LoadFastest(folder, device)
            : LoadedModel.Load(folder, Of(parsed, option), device);

    private static Option<string> Create(string usual)
    {
        var option = new Option<string>("--precision")
        {
            Description = "fp32; fast: factors of the matrix products in bfloat16; auto: fast where a probe shows a gain and, of a "
                + $"model folder, model.json proves it harmless. Default: {usual}.",
            DefaultValueFactory = _ => usual,
        };
        option.AcceptOnlyFromAmong("fp32", "fast", Auto);
        return option;
    }

    public static Precision Of(ParseResult parsed, Option<string> option) => parsed.GetRequiredValue(option) switch
    {
        Auto => PrecisionProbe.Choose(),
        "fast" => Precision.Fast,
        _ => Precision.Fp32,
    };
}
