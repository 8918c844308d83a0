using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VMUNet.Model.Scan;

/// <summary>Four channels, portable operations only: runs on every processor .NET runs on.</summary>
internal readonly unsafe struct Lanes128 : ILanes<Vector128<float>>
{
    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* from) => Vector128.Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> value, float* to) => Vector128.Store(value, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fill(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sub(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Mul(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Div(Vector128<float> a, Vector128<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> OneOver(Vector128<float> a) => Vector128<float>.One / a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Min(Vector128<float> a, Vector128<float> b) => Vector128.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Abs(Vector128<float> a) => Vector128.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MulAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.MultiplyAddEstimate(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp2(Vector128<float> x)
    {
        x = Vector128.MaxNative(x, Vector128.Create(-126f));
        Vector128<float> n = Vector128.Round(x);
        Vector128<float> f = x - n;
        Vector128<float> p = Vector128.Create(Exp2Terms.C5);
        p = MulAdd(p, f, Vector128.Create(Exp2Terms.C4));
        p = MulAdd(p, f, Vector128.Create(Exp2Terms.C3));
        p = MulAdd(p, f, Vector128.Create(Exp2Terms.C2));
        p = MulAdd(p, f, Vector128.Create(Exp2Terms.C1));
        p = MulAdd(p, f, Vector128<float>.One);
        return (p.AsInt32() + Vector128.ShiftLeft(Vector128.ConvertToInt32Native(n), 23)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step(
        ref Vector128<float> h,
        Vector128<float> delta,
        Vector128<float> deltaX,
        ref Vector128<float> sum,
        float* a2,
        float* b,
        float* c)
    {
        Vector128<float> decay = Exp2(delta * Vector128.Load(a2));
        h = MulAdd(decay, h, deltaX * Vector128.Create(*b));
        sum = MulAdd(h, Vector128.Create(*c), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Replay(
        ref Vector128<float> h,
        Vector128<float> delta,
        Vector128<float> deltaX,
        float* a2,
        float* b,
        float* decayTo,
        float* stateTo)
    {
        Vector128<float> decay = Exp2(delta * Vector128.Load(a2));
        h = MulAdd(decay, h, deltaX * Vector128.Create(*b));
        Vector128.Store(decay, decayTo);
        Vector128.Store(h, stateTo);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unwind(
        ref Vector128<float> carried,
        in Adjoint<Vector128<float>> step,
        ref Vector128<float> byDeltaX,
        ref Vector128<float> byDelta,
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
        Vector128<float> dh = MulAdd(Vector128.Create(*c), step.Gradient, carried);
        Vector128.Store(step.Gradient * Vector128.Load(after), byC);
        Vector128.Store(dh * step.DeltaX, byB);
        byDeltaX = MulAdd(dh, Vector128.Create(*b), byDeltaX);
        carried = dh * Vector128.Load(decay);
        Vector128<float> q = carried * Vector128.Load(before);
        byDelta = MulAdd(q, Vector128.Load(a2), byDelta);
        Vector128.Store(MulAdd(q, step.Delta, Vector128.Load(aGradient)), aGradient);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddRowSums(float* rows, float* sums)
    {
        for (int row = 0; row < 16; row++)
        {
            sums[row] += Vector128.Sum(Vector128.Load(rows + (4 * row)));
        }
    }
}
