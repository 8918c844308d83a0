using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>The deterministic numbers of tests/goldens/model/README.md.</summary>
internal static class NumberFormula
{
    /// <summary>A tensor with values in [low, high).</summary>
    public static Tensor Range(string name, long[] shape, double low, double high) =>
        Make(name, shape, (u, _) => low + ((high - low) * u));

    /// <summary>The weight of this name under a tag.</summary>
    public static Tensor Weight(string tag, string name, long[] shape)
    {
        string last = name[(name.LastIndexOf('.') + 1)..];
        double fan = shape.Length == 4 ? shape[1] * shape[2] * shape[3] : shape[^1];
        Func<double, long, double> value = last switch
        {
            "A_logs" => (u, i) => Math.Log((i % 16) + 1) + (0.1 * ((2 * u) - 1)),
            "Ds" => (u, _) => 1 + (0.2 * ((2 * u) - 1)),
            "dt_projs_bias" => (u, _) => -6.9 + (4.6 * u),
            "weight" when shape.Length == 1 => (u, _) => 1 + (0.2 * ((2 * u) - 1)),
            _ when shape.Length == 1 => (u, _) => 0.1 * ((2 * u) - 1),
            _ => (u, _) => Math.Sqrt(3 / fan) * ((2 * u) - 1),
        };
        return Make($"{tag}/{name}", shape, value);
    }

    /// <summary>Overwrites all parameters of a network.</summary>
    public static void Fill(nn.Module network, string tag)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable off = no_grad();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in network.named_parameters())
        {
            parameter.copy_(Weight(tag, name, parameter.shape));
        }
    }

    private static Tensor Make(string name, long[] shape, Func<double, long, double> value)
    {
        var values = new float[shape.Aggregate(1L, (product, n) => product * n)];
        ulong hash = Hash(name);
        for (long i = 0; i < values.Length; i++)
        {
            values[i] = (float)value(Unit(hash, (ulong)i), i);
        }

        return tensor(values, shape);
    }

    private static ulong Hash(string name)
    {
        ulong hash = 0xcbf29ce484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            hash = unchecked((hash ^ b) * 0x100000001b3);
        }

        return hash;
    }

    private static double Unit(ulong hash, ulong i)
    {
        const ulong Step = 0x9E3779B97F4A7C15;
        unchecked
        {
            ulong z = hash + Step + i + Step; // the seed is 1
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            return (z >> 40) * Math.Pow(2, -24);
        }
    }
}
