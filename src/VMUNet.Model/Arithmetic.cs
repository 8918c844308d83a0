using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// Sums, differences and factors of tensors that no collection can upset. TorchSharp turns every number in such an expression, and the
/// hidden factor 1 of a sum, into a temporary <see cref="Scalar"/> that nothing keeps alive: the collector may finalise it while
/// libtorch still reads it, seen as a wrong number, an error of libtorch or an access violation. Here each lives until the call has
/// returned. The operators themselves are banned in this room (BannedSymbols.Tensors.txt).
/// </summary>
internal static class Arithmetic
{
    private static readonly Scalar One = 1.ToScalar();

    /// <summary>a + b, element by element.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, One);

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, double b)
    {
        using Scalar number = b.ToScalar();
        return a.add(number, One);
    }

    /// <summary>a * b.</summary>
    public static Tensor Times(this Tensor a, double b)
    {
        using Scalar number = b.ToScalar();
        return a.mul(number);
    }

    /// <summary>Overwrites a with a * b and returns it.</summary>
    public static Tensor TimesInPlace(this Tensor a, double b)
    {
        using Scalar number = b.ToScalar();
        return a.mul_(number);
    }

    /// <summary>Overwrites every element and returns the tensor.</summary>
    public static Tensor FillWith(this Tensor a, double value)
    {
        using Scalar number = value.ToScalar();
        return a.fill_(number);
    }
}
