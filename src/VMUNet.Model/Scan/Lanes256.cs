using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VMUNet.Model.Scan;

/// <summary>Eight channels: AVX2 with FMA.</summary>
internal readonly unsafe struct Lanes256 : ILanes<Vector256<float>>
{
    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* from) => Vector256.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* to) => Vector256.Store(value, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fill(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sub(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Mul(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Div(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> OneOver(Vector256<float> a) => Vector256<float>.One / a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Min(Vector256<float> a, Vector256<float> b) => Vector256.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Abs(Vector256<float> a) => Vector256.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MulAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Fma.MultiplyAdd(a, b, c);

    // No scale instruction at this width: n is added to the exponent bits, so x is kept above the smallest normal
    // number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp2(Vector256<float> x)
    {
        x = Vector256.MaxNative(x, Vector256.Create(-126f));
        Vector256<float> n = Avx.RoundToNearestInteger(x);
        Vector256<float> f = x - n;
        Vector256<float> p = Vector256.Create(Exp2Terms.C5);
        p = Fma.MultiplyAdd(p, f, Vector256.Create(Exp2Terms.C4));
        p = Fma.MultiplyAdd(p, f, Vector256.Create(Exp2Terms.C3));
        p = Fma.MultiplyAdd(p, f, Vector256.Create(Exp2Terms.C2));
        p = Fma.MultiplyAdd(p, f, Vector256.Create(Exp2Terms.C1));
        p = Fma.MultiplyAdd(p, f, Vector256<float>.One);
        return (p.AsInt32() + Vector256.ShiftLeft(Avx.ConvertToVector256Int32(n), 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step(
        ref Vector256<float> h,
        Vector256<float> delta,
        Vector256<float> deltaX,
        ref Vector256<float> sum,
        float* a2,
        float* b,
        float* c)
    {
        Vector256<float> decay = Exp2(delta * Vector256.Load(a2));
        h = Fma.MultiplyAdd(decay, h, deltaX * Vector256.Create(*b));
        sum = Fma.MultiplyAdd(h, Vector256.Create(*c), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Replay(
        ref Vector256<float> h,
        Vector256<float> delta,
        Vector256<float> deltaX,
        float* a2,
        float* b,
        float* decayTo,
        float* stateTo)
    {
        Vector256<float> decay = Exp2(delta * Vector256.Load(a2));
        h = Fma.MultiplyAdd(decay, h, deltaX * Vector256.Create(*b));
        Vector256.Store(decay, decayTo);
        Vector256.Store(h, stateTo);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unwind(
        ref Vector256<float> carried,
        in Adjoint<Vector256<float>> step,
        ref Vector256<float> byDeltaX,
        ref Vector256<float> byDelta,
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
        Vector256<float> dh = Fma.MultiplyAdd(Vector256.Create(*c), step.Gradient, carried);
        Vector256.Store(step.Gradient * Vector256.Load(after), byC);
        Vector256.Store(dh * step.DeltaX, byB);
        byDeltaX = Fma.MultiplyAdd(dh, Vector256.Create(*b), byDeltaX);
        carried = dh * Vector256.Load(decay);
        Vector256<float> q = carried * Vector256.Load(before);
        byDelta = Fma.MultiplyAdd(q, Vector256.Load(a2), byDelta);
        Vector256.Store(Fma.MultiplyAdd(q, step.Delta, Vector256.Load(aGradient)), aGradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRowSums(float* rows, float* sums)
    {
        for (int row = 0; row < 16; row += 4)
        {
            float* four = rows + (8 * row);
            Vector256<float> low = Avx.HorizontalAdd(Vector256.Load(four), Vector256.Load(four + 8));
            Vector256<float> high = Avx.HorizontalAdd(Vector256.Load(four + 16), Vector256.Load(four + 24));
            Vector256<float> halves = Avx.HorizontalAdd(low, high);
            Vector128.Store(Vector128.Load(sums + row) + halves.GetLower() + halves.GetUpper(), sums + row);
        }
    }
}
