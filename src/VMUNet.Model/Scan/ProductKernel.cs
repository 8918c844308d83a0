using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VMUNet.Model.Scan;

/// <summary>
/// y = x W^T on AVX-512, with W packed beforehand. Eight rows times two vectors of columns stay in registers over the whole
/// sum, so each number of y is summed by one thread in one order: the same bits for any number of threads. (The library that
/// libtorch calls for float32 uses 256-bit vectors on other makers' processors; measured in docs/decisions.)
/// </summary>
internal static unsafe class ProductKernel
{
    private const int Lanes = 16;
    private const int Columns = 2 * Lanes;
    private const int Rows = 8;

    /// <summary>Rows of a work item: their numbers of x stay in the cache while the panels pass.</summary>
    private const int BlockRows = 64;

    /// <summary>Panels of a work item.</summary>
    private const int BlockPanels = 4;

    /// <summary>Whether this processor has it.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Numbers of a packed weight of n rows and k columns.</summary>
    public static long PackedLength(int n, int k) => (long)Panels(n) * Columns * k;

    /// <summary>(n, k) row-major to panels of 32 rows, each k x 32; what is missing in the last one is zero.</summary>
    public static void Pack(float* weight, int n, int k, float* packed)
    {
        for (int row = 0; row < Panels(n) * Columns; row++)
        {
            float* to = packed + ((long)(row / Columns) * Columns * k) + (row % Columns);
            for (int i = 0; i < k; i++)
            {
                to[(long)i * Columns] = row < n ? weight[((long)row * k) + i] : 0;
            }
        }
    }

    /// <summary>Writes y (m, n) from x (m, k) and the packed weight.</summary>
    public static void Multiply(float* x, float* packed, float* y, int m, int n, int k, int threads)
    {
        int groups = (Panels(n) + BlockPanels - 1) / BlockPanels;
        int blocks = (m + BlockRows - 1) / BlockRows;
        WorkItems.Run(blocks * groups, threads, i => Block(x, packed, y, m, n, k, i / groups * BlockRows, i % groups * BlockPanels));
    }

    private static int Panels(int n) => (n + Columns - 1) / Columns;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(float* x, float* packed, float* y, int m, int n, int k, int firstRow, int firstPanel)
    {
        float* last = stackalloc float[Rows * Columns];
        int endRow = Math.Min(m, firstRow + BlockRows), endPanel = Math.Min(Panels(n), firstPanel + BlockPanels);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            float* b = packed + ((long)panel * Columns * k);
            int columns = Math.Min(Columns, n - (panel * Columns));
            for (int row = firstRow; row < endRow; row += Rows)
            {
                int count = Math.Min(Rows, endRow - row);
                float* to = y + ((long)row * n) + (panel * Columns);
                if (count == Rows && columns == Columns)
                {
                    Tile(x + ((long)row * k), k, b, k, to, n, count);
                    continue;
                }

                Tile(x + ((long)row * k), k, b, k, last, Columns, count);
                for (int r = 0; r < count; r++)
                {
                    new ReadOnlySpan<float>(last + (r * Columns), columns).CopyTo(new Span<float>(to + ((long)r * n), columns));
                }
            }
        }
    }

    /// <summary>Eight rows (the last ones again where there are fewer) times 32 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(float* x, int pitch, float* b, int k, float* y, long yPitch, int count)
    {
        float* x0 = x, x1 = Row(x, pitch, 1, count), x2 = Row(x, pitch, 2, count), x3 = Row(x, pitch, 3, count);
        float* x4 = Row(x, pitch, 4, count), x5 = Row(x, pitch, 5, count), x6 = Row(x, pitch, 6, count), x7 = Row(x, pitch, 7, count);
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector512<float> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        Vector512<float> c60 = default, c61 = default, c70 = default, c71 = default;
        for (int i = 0; i < k; i++)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + Lanes);
            b += Columns;
            Step(x0 + i, b0, b1, ref c00, ref c01);
            Step(x1 + i, b0, b1, ref c10, ref c11);
            Step(x2 + i, b0, b1, ref c20, ref c21);
            Step(x3 + i, b0, b1, ref c30, ref c31);
            Step(x4 + i, b0, b1, ref c40, ref c41);
            Step(x5 + i, b0, b1, ref c50, ref c51);
            Step(x6 + i, b0, b1, ref c60, ref c61);
            Step(x7 + i, b0, b1, ref c70, ref c71);
        }

        Store(c70, c71, y, yPitch, 7, count);
        Store(c60, c61, y, yPitch, 6, count);
        Store(c50, c51, y, yPitch, 5, count);
        Store(c40, c41, y, yPitch, 4, count);
        Store(c30, c31, y, yPitch, 3, count);
        Store(c20, c21, y, yPitch, 2, count);
        Store(c10, c11, y, yPitch, 1, count);
        Store(c00, c01, y, yPitch, 0, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* Row(float* x, int pitch, int row, int count) => x + ((long)Math.Min(row, count - 1) * pitch);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        float* a, Vector512<float> b0, Vector512<float> b1, ref Vector512<float> c0, ref Vector512<float> c1)
    {
        Vector512<float> all = Vector512.Create(*a);
        c0 = Avx512F.FusedMultiplyAdd(all, b0, c0);
        c1 = Avx512F.FusedMultiplyAdd(all, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> c0, Vector512<float> c1, float* y, long pitch, int row, int count)
    {
        if (row < count)
        {
            c0.Store(y + (row * pitch));
            c1.Store(y + (row * pitch) + Lanes);
        }
    }
}
