using System.CommandLine;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>--precision fp32|fast|auto</c>.</summary>
internal static class PrecisionOption
{
    private const string Auto = "auto";

    public static Option<string> Create()
    {
        var option = new Option<string>("--precision")
        {
            Description = "fp32; fast: factors of the matrix products in bfloat16; auto: fast where a probe shows a gain. Default: fp32.",
            DefaultValueFactory = _ => "fp32",
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
