using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Stochastic depth: keeps each sample's branch with probability 1 - rate and divides it by that.</summary>
internal sealed class DropPathDraws(int seed)
{
    private Random _random = new(seed);

    public void Reseed(int seed) => _random = new Random(seed);

    /// <summary>(B, 1, 1, 1) factors: 0 or 1 / (1 - rate).</summary>
    public Tensor Next(Tensor x, double rate)
    {
        var factors = new float[x.shape[0]];
        for (int i = 0; i < factors.Length; i++)
        {
            factors[i] = _random.NextDouble() < rate ? 0f : (float)(1 / (1 - rate));
        }

        return tensor(factors, [factors.Length, 1, 1, 1]).to(x.dtype).to(x.device);
    }
}
