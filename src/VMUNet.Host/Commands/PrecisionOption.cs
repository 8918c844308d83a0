using System.CommandLine;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>--precision fp32|fast</c>.</summary>
internal static class PrecisionOption
{
    public static Option<Precision> Create() => new("--precision")
    {
        Description = "fp32, or fast: factors of the matrix products in bfloat16. Default: fp32.",
        DefaultValueFactory = _ => Precision.Fp32,
    };
}
