using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VMUNet.Model.Scan;

/// <summary>2^x on AVX-512, exactly 1 at 0: a state that is to be kept is kept.</summary>
internal interface IExp2
{
    static abstract Vector512<float> Of(Vector512<float> x);

    /// <summary>Whether it is the fast profile's.</summary>
    static abstract bool IsShort { get; }
}

/// <summary>Good to float32: a relative error of 9e-8.</summary>
internal readonly struct FullExp2 : IExp2
{
    public static bool IsShort => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> n = Avx512F.RoundScale(x, 0);
        Vector512<float> f = x - n;
        Vector512<float> p = Vector512.Create(Exp2Terms.C5);
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512.Create(Exp2Terms.C4));
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512.Create(Exp2Terms.C3));
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512.Create(Exp2Terms.C2));
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512.Create(Exp2Terms.C1));
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }
}

/// <summary>For the fast profile: a relative error of 1e-4, a fortieth of bfloat16's.</summary>
internal readonly struct ShortExp2 : IExp2
{
    public static bool IsShort => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        Vector512<float> n = Avx512F.RoundScale(x, 0);
        Vector512<float> f = x - n;
        Vector512<float> p = Vector512.Create(Exp2Terms.Short3);
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512.Create(Exp2Terms.Short2));
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512.Create(Exp2Terms.Short1));
        p = Avx512F.FusedMultiplyAdd(p, f, Vector512<float>.One);
        return Avx512F.Scale(p, n);
    }
}
