namespace VMUNet.Model.Scan;

/// <summary>
/// One vector width of the processor: <typeparamref name="V"/> holds <see cref="Count"/> neighbouring channels. The
/// kernels are written once against this and compiled for every width.
/// </summary>
internal unsafe interface ILanes<V>
    where V : unmanaged
{
    /// <summary>Channels in one vector; 16, 8 or 4.</summary>
    static abstract int Count { get; }

    /// <summary>Whether the fast profile's accuracy, 1e-4, is enough: constant, so the compiler leaves out the other branch.</summary>
    static virtual bool IsShort => false;

    static abstract V Load(float* from);

    static abstract void Store(V value, float* to);

    static abstract V Fill(float value);

    static abstract V Add(V a, V b);

    static abstract V Sub(V a, V b);

    static abstract V Mul(V a, V b);

    static abstract V Div(V a, V b);

    /// <summary>1 / a; with <see cref="IsShort"/> to 6e-5.</summary>
    static abstract V OneOver(V a);

    static abstract V Max(V a, V b);

    static abstract V Min(V a, V b);

    static abstract V Abs(V a);

    /// <summary>a * b + c.</summary>
    static abstract V MulAdd(V a, V b, V c);

    /// <summary>2^x with a relative error of 9e-8, exactly 1 at 0; x at most 126.</summary>
    static abstract V Exp2(V x);

    /// <summary>
    /// One state of one step: h = 2^(delta*a2) * h + deltaX * b; sum += h * c. One method, not a chain of the ones
    /// above: sixteen of them are inlined in a row and the compiler has a limit of temporaries.
    /// </summary>
    static abstract void Step(ref V h, V delta, V deltaX, ref V sum, float* a2, float* b, float* c);

    /// <summary>
    /// As <see cref="Step"/> without the sum, for the backward pass: also writes the decay and the new state.
    /// </summary>
    static abstract void Replay(ref V h, V delta, V deltaX, float* a2, float* b, float* decayTo, float* stateTo);

    /// <summary>One state of one step of the adjoint recurrence; names as in <see cref="Adjoint{V}"/>.</summary>
    static abstract void Unwind(
        ref V carried, in Adjoint<V> step, ref V byDeltaX, ref V byDelta, float* b, float* c, float* before, float* after,
        float* decay, float* a2, float* aGradient, float* byB, float* byC);

    /// <summary>Adds the sum over the lanes of each of 16 vectors at <paramref name="rows"/> to 16 numbers.</summary>
    static abstract void AddRowSums(float* rows, float* sums);
}

/// <summary>What one backward step gives to all of its states.</summary>
/// <param name="Gradient">The loss by y.</param>
/// <param name="Delta">delta.</param>
/// <param name="DeltaX">delta * x.</param>
internal readonly record struct Adjoint<V>(V Gradient, V Delta, V DeltaX);

/// <summary>Coefficients of 2^f on [-0.5, 0.5] (degree 5, constant term exactly 1) and what goes with them.</summary>
internal static class Exp2Terms
{
    public const float C1 = 0.69314698043f;
    public const float C2 = 0.24022245757f;
    public const float C3 = 0.05550730615f;
    public const float C4 = 0.009671272271f;
    public const float C5 = 0.0013265135117f;

    /// <summary>Degree 3, constant term exactly 1.</summary>
    public const float Short1 = 0.69328293f;
    public const float Short2 = 0.24221106f;
    public const float Short3 = 0.055008971f;

    public const float Log2E = 1.4426950408889634f;
    public const float Ln2 = 0.6931471805599453f;
}
