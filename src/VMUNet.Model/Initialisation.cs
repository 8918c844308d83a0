using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// The official initial weights (docs/architecture/vmunet.md), drawn from one seed in the order of the names.
/// </summary>
internal static class Initialisation
{
    private const double LinearStd = 0.02;
    private const double DeltaLowest = 0.001;
    private const double DeltaHighest = 0.1;
    private const double DeltaFloor = 1e-4;

    /// <summary>Overwrites every parameter of the network.</summary>
    public static void Apply(nn.Module network, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        using var generator = new Generator((ulong)(uint)seed);
        Dictionary<string, long[]> shapes =
            network.named_parameters().ToDictionary(p => p.name, p => p.parameter.shape);
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            string last = name[(name.LastIndexOf('.') + 1)..];
            bool isNorm = last is "weight" or "bias" && IsRank1(shapes, name[..^last.Length] + "weight");
            Fill(parameter, last, isNorm, FanIn(shapes, name, last), generator);
        }
    }

    private static void Fill(Tensor t, string last, bool isNorm, long fanIn, Generator generator)
    {
        switch (last)
        {
            case "A_logs":
                t.copy_(ones(t.shape[1]).cumsum(0).log().expand_as(t)); // log 1 ... log N
                break;
            case "Ds":
                t.FillWith(1);
                break;
            case "dt_projs_bias":
                FillDeltaBias(t, generator);
                break;
            case "dt_projs_weight":
                Uniform(t, Math.Pow(t.shape[2], -0.5), generator);
                break;
            case "x_proj_weight":
                Uniform(t, Math.Pow(t.shape[2], -0.5), generator);
                break;
            default:
                if (isNorm)
                {
                    t.FillWith(last == "weight" ? 1 : 0);
                }
                else if (last == "weight" && t.dim() == 2)
                {
                    // Truncation at +-2 is a hundred standard deviations away: no draw is ever cut.
                    t.normal_(0, LinearStd, generator);
                }
                else
                {
                    Uniform(t, Math.Pow(fanIn, -0.5), generator);
                }

                break;
        }
    }

    /// <summary>The inverse of softplus of steps drawn log-uniformly between 0.001 and 0.1.</summary>
    private static void FillDeltaBias(Tensor t, Generator generator)
    {
        Tensor steps = empty_like(t).uniform_(Math.Log(DeltaLowest), Math.Log(DeltaHighest), generator).exp();
        using Scalar floor = DeltaFloor.ToScalar();
        steps = steps.clamp_min(floor);
        t.copy_(steps.Plus((-(-steps).expm1()).log()));
    }

    private static void Uniform(Tensor t, double bound, Generator generator) => t.uniform_(-bound, bound, generator);

    private static bool IsRank1(Dictionary<string, long[]> shapes, string weight) =>
        shapes.TryGetValue(weight, out long[]? shape) && shape.Length == 1;

    // Of a convolution: the product of the weight's dimensions but the first; its bias takes the weight's.
    private static long FanIn(Dictionary<string, long[]> shapes, string name, string last) =>
        shapes.TryGetValue(name[..^last.Length] + "weight", out long[]? weight)
            ? weight.Skip(1).Aggregate(1L, (product, n) => product * n)
            : 1;
}
