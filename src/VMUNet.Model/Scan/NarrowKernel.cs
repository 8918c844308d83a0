using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace VMUNet.Model.Scan;

/// <summary>
/// y = x W^T with the factors rounded to bfloat16 and sums in float32, W packed beforehand. .NET has no intrinsics for the
/// processor's bfloat16 products, so the innermost block product is that of libtorch (oneDNN's, exported as
/// at::native::cpublas::brgemm); rounding, packing, blocking and threads are ours. Rows are rounded block by block into the
/// cache, so the rest of the network need not know of bfloat16.
/// </summary>
internal static unsafe class NarrowKernel
{
    private const int Lanes = 16;

    /// <summary>Columns of a panel.</summary>
    private const int Columns = 64;

    /// <summary>Rows of a work item: rounded once, then multiplied by all of its panels.</summary>
    private const int BlockRows = 128;

    private const string BlockProduct = "_ZN2at6native7cpublas6brgemmEllllllbPKN3c108BFloat16ES5_Pfb";
    private const string Release = "_ZN2at6native7cpublas14brgemm_releaseEb";

    // (m, n, k, pitch of a, b, c, add to c, a, b, c, b is packed in pairs)
    private static readonly delegate* unmanaged<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void> Product;
    private static readonly delegate* unmanaged<byte, void> Done;

    static NarrowKernel()
    {
        if (!Avx512F.IsSupported || !Avx512BW.IsSupported || !HasInstructions()
            || !NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out nint library)
            || !NativeLibrary.TryGetExport(library, BlockProduct, out nint product)
            || !NativeLibrary.TryGetExport(library, Release, out nint release))
        {
            return;
        }

        Product = (delegate* unmanaged<long, long, long, long, long, long, byte, ushort*, ushort*, float*, byte, void>)product;
        Done = (delegate* unmanaged<byte, void>)release;
        IsSupported = IsRight();
    }

    /// <summary>Whether processor and libtorch have it, and a product of known numbers came out right.</summary>
    public static bool IsSupported { get; }

    /// <summary>Whether it takes sums of this length.</summary>
    public static bool Serves(long k) => IsSupported && k % Lanes == 0;

    /// <summary>Numbers of a packed weight of n rows and k columns.</summary>
    public static long PackedLength(int n, int k) => (long)Padded(n) * k;

    /// <summary>(n, k) row-major to panels of 64 rows, each (k / 2, 64, 2); the last one is as wide as it must be, in sixteens.</summary>
    public static void Pack(float* weight, int n, int k, ushort* packed)
    {
        for (int row = 0; row < Padded(n); row++)
        {
            int panel = row / Columns, width = Width(n, panel);
            ushort* to = packed + ((long)panel * Columns * k) + (2 * (row % Columns));
            for (int i = 0; i < k; i++)
            {
                to[((long)(i / 2) * 2 * width) + (i % 2)] = row < n ? Narrow(weight[((long)row * k) + i]) : (ushort)0;
            }
        }
    }

    /// <summary>Writes y (m, n) from x (m, k) and the packed weight.</summary>
    public static void Multiply(float* x, ushort* packed, float* y, int m, int n, int k, int threads) =>
        Multiply(x, null, packed, y, m, n, k, threads);

    /// <summary>The same from rows that are bfloat16 already.</summary>
    public static void Multiply(ushort* x, ushort* packed, float* y, int m, int n, int k, int threads) =>
        Multiply(null, x, packed, y, m, n, k, threads);

    private static void Multiply(float* x, ushort* narrow, ushort* packed, float* y, int m, int n, int k, int threads)
    {
        int blocks = (m + BlockRows - 1) / BlockRows, panels = (n + Columns - 1) / Columns;
        int groups = blocks >= threads ? 1 : Math.Min(panels, threads); // few rows: threads share the columns
        WorkItems.Run(blocks * groups, threads, item =>
        {
            int group = item % groups;
            int firstRow = item / groups * BlockRows, firstPanel = panels * group / groups, endPanel = panels * (group + 1) / groups;
            int rows = Math.Min(BlockRows, m - firstRow);
            float* to = y + ((long)firstRow * n);
            if (narrow != null)
            {
                Block(narrow + ((long)firstRow * k), packed, to, rows, n, k, firstPanel, endPanel);
                return;
            }

            ushort* rounded = (ushort*)NativeMemory.AlignedAlloc((nuint)(BlockRows * k * sizeof(ushort)), 64);
            try
            {
                Round(x + ((long)firstRow * k), rounded, (long)rows * k);
                Block(rounded, packed, to, rows, n, k, firstPanel, endPanel);
            }
            finally
            {
                NativeMemory.AlignedFree(rounded);
            }
        });
    }

    private static void Block(ushort* x, ushort* packed, float* y, int rows, int n, int k, int firstPanel, int endPanel)
    {
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            int columns = Math.Min(Columns, n - (panel * Columns));
            Product(
                rows, columns, k, k, Width(n, panel), n, 0, x, packed + ((long)panel * Columns * k), y + (panel * Columns), 1);
        }

        Done(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* from, ushort* to, long count)
    {
        for (long i = 0; i < count; i += Lanes)
        {
            Round(Vector512.Load(from + i)).Store(to + i);
        }
    }

    /// <summary>Sixteen numbers as bfloat16: to nearest, ties to even; what is no number stays none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        bits += Vector512.Create(0x7fffu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512.Create(1u));
        bits = Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), bits, Vector512.Create(0x7fc0_0000u));
        return Avx512F.ConvertToVector256UInt16(Vector512.ShiftRightLogical(bits, 16));
    }

    private static ushort Narrow(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)0x7fc0 : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    private static int Padded(int n) => (n + Lanes - 1) / Lanes * Lanes;

    private static int Width(int n, int panel) => Math.Min(Columns, Padded(n) - (panel * Columns));

    /// <summary>The AVX512_BF16 bit of the processor.</summary>
    private static bool HasInstructions() => X86Base.CpuId(0, 0).Eax >= 7 && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>A foreign function found by its name: proved once before it is trusted.</summary>
    private static bool IsRight()
    {
        const int M = 3, N = 40, K = 32;
        float* x = stackalloc float[M * K], w = stackalloc float[N * K], y = stackalloc float[M * N];
        ushort* packed = stackalloc ushort[(int)PackedLength(N, K)];
        for (int i = 0; i < N * K; i++)
        {
            w[i] = (i % 7) - 3;
            x[i % (M * K)] = (i % (M * K) % 5) - 2;
        }

        Pack(w, N, K, packed);
        Multiply(x, packed, y, M, N, K, 1);
        for (int i = 0; i < M * N; i++)
        {
            float expected = 0;
            for (int j = 0; j < K; j++)
            {
                expected += x[(i / N * K) + j] * w[(i % N * K) + j];
            }

            if (y[i] != expected)
            {
                return false;
            }
        }

        return true;
    }
}
