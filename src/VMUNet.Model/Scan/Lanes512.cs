using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VMUNet.Model.Scan;

/// <summary>Sixteen channels: AVX-512, with one of two accuracies of 2^x.</summary>
internal readonly unsafe struct Lanes512<TExp2> : ILanes<Vector512<float>>
    where TExp2 : struct, IExp2
{
    public static int Count => 16;

    public static bool IsShort => TExp2.IsShort;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* from) => Vector512.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, float* to) => Vector512.Store(value, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fill(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sub(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Mul(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Div(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OneOver(Vector512<float> a) => IsShort ? Avx512F.Reciprocal14(a) : Vector512<float>.One / a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Min(Vector512<float> a, Vector512<float> b) => Vector512.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MulAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Avx512F.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp2(Vector512<float> x) => TExp2.Of(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step(
        ref Vector512<float> h,
        Vector512<float> delta,
        Vector512<float> deltaX,
        ref Vector512<float> sum,
        float* a2,
        float* b,
        float* c)
    {
        Vector512<float> decay = Exp2(delta * Vector512.Load(a2));
        h = Avx512F.FusedMultiplyAdd(decay, h, deltaX * Vector512.Create(*b));
        sum = Avx512F.FusedMultiplyAdd(h, Vector512.Create(*c), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Replay(
        ref Vector512<float> h,
        Vector512<float> delta,
        Vector512<float> deltaX,
        float* a2,
        float* b,
        float* decayTo,
        float* stateTo)
    {
        Vector512<float> decay = Exp2(delta * Vector512.Load(a2));
        h = Avx512F.FusedMultiplyAdd(decay, h, deltaX * Vector512.Create(*b));
        Vector512.Store(decay, decayTo);
        Vector512.Store(h, stateTo);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unwind(
        ref Vector512<float> carried,
        in Adjoint<Vector512<float>> step,
        ref Vector512<float> byDeltaX,
        ref Vector512<float> byDelta,
        float* b,
        float* c,
        float* before,
        float* after,
        float* decay,
        float* a2,
        float* aGradient,
        float* byB,
        float* byC)
    {
        Vector512<float> dh = Avx512F.FusedMultiplyAdd(Vector512.Create(*c), step.Gradient, carried);
        Vector512.Store(step.Gradient * Vector512.Load(after), byC);
        Vector512.Store(dh * step.DeltaX, byB);
        byDeltaX = Avx512F.FusedMultiplyAdd(dh, Vector512.Create(*b), byDeltaX);
        carried = dh * Vector512.Load(decay);
        Vector512<float> q = carried * Vector512.Load(before);
        byDelta = Avx512F.FusedMultiplyAdd(q, Vector512.Load(a2), byDelta);
        Vector512.Store(Avx512F.FusedMultiplyAdd(q, step.Delta, Vector512.Load(aGradient)), aGradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRowSums(float* rows, float* sums)
    {
        Vector512<float> q0 = Quads(Pairs(rows), Pairs(rows + 32));
        Vector512<float> q1 = Quads(Pairs(rows + 64), Pairs(rows + 96));
        Vector512<float> q2 = Quads(Pairs(rows + 128), Pairs(rows + 160));
        Vector512<float> q3 = Quads(Pairs(rows + 192), Pairs(rows + 224));
        Vector512<float> total = Fold(Fold(q0, q1), Fold(q2, q3));
        Vector512.Store(Vector512.Load(sums) + total, sums);
    }

    // Two rows of 16, in each 128-bit part added crosswise: [a0 b0 a1 b1] per part.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pairs(float* rows)
    {
        Vector512<float> a = Vector512.Load(rows);
        Vector512<float> b = Vector512.Load(rows + 16);
        return Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quads(Vector512<float> a, Vector512<float> b) =>
        Avx512F.UnpackLow(a.AsDouble(), b.AsDouble()).AsSingle()
        + Avx512F.UnpackHigh(a.AsDouble(), b.AsDouble()).AsSingle();

    // Adds neighbouring 128-bit parts: [a01 a23 b01 b23].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fold(Vector512<float> a, Vector512<float> b) =>
        Avx512F.Shuffle4x128(a, b, 0x88) + Avx512F.Shuffle4x128(a, b, 0xDD);
}
