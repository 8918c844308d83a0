using TorchSharp;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>How a network's matrix products are computed. All else, the scan's state above all, is float32 always.</summary>
public enum Precision
{
    /// <summary>float32.</summary>
    Fp32,

    /// <summary>Factors rounded to bfloat16, summed in float32. For processors that have instructions for it.</summary>
    Fast,
}

/// <summary>
/// x W^T with one weight. Plain until it is prepared; then the weight lies ready in the form that is fastest here, and must not
/// change any more. No field of a module's own, or TorchSharp would take the prepared weight for a parameter.
/// </summary>
internal sealed class Product : IDisposable
{
    private Tensor? _narrow;
    private Tensor? _packedNarrow;
    private Tensor? _packed;

    /// <summary>Lays the weight ready.</summary>
    /// <param name="weight">(N, K), float32; on the CPU, or on a device, whose own library then computes the product.</param>
    /// <param name="precision">Which form.</param>
    public void Prepare(Tensor weight, Precision precision)
    {
        Dispose();
        using IDisposable off = no_grad();
        bool isOnCpu = weight.device_type == DeviceType.CPU;
        if (precision == Precision.Fast && isOnCpu && NarrowKernel.Serves(weight.shape[1]))
        {
            _packedNarrow = PackedNarrow(weight);
        }
        else if (precision == Precision.Fast)
        {
            _narrow = weight.to(ScalarType.BFloat16).DetachFromDisposeScope();
        }
        else if (ProductKernel.IsSupported && isOnCpu)
        {
            _packed = Packed(weight);
        }
    }

    /// <summary>Whether it takes rows that are bfloat16 already, and would round others itself.</summary>
    public bool TakesNarrow => _packedNarrow is not null;

    /// <summary>The product.</summary>
    /// <param name="x">(..., K), float32; bfloat16 too where <see cref="TakesNarrow"/> says so.</param>
    /// <param name="weight">(N, K), the one prepared.</param>
    /// <returns>(..., N), float32.</returns>
    public Tensor Of(Tensor x, Tensor weight)
    {
        if (_narrow is not null)
        {
            using DisposeScope scope = NewDisposeScope();
            return nn.functional.linear(x.to(ScalarType.BFloat16), _narrow).to(ScalarType.Float32).MoveToOuterDisposeScope();
        }

        return _packed is null && _packedNarrow is null ? nn.functional.linear(x, weight) : Multiply(x, weight.shape[0], weight.shape[1]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _narrow?.Dispose();
        _packedNarrow?.Dispose();
        _packed?.Dispose();
        (_narrow, _packedNarrow, _packed) = (null, null, null);
    }

    private static unsafe Tensor Packed(Tensor weight)
    {
        using Tensor whole = weight.detach().contiguous();
        int n = (int)weight.shape[0], k = (int)weight.shape[1];
        Tensor packed = empty(ProductKernel.PackedLength(n, k)).DetachFromDisposeScope();
        ProductKernel.Pack(TensorMemory.Floats(whole), n, k, TensorMemory.Floats(packed));
        return packed;
    }

    private static unsafe Tensor PackedNarrow(Tensor weight)
    {
        using Tensor whole = weight.detach().contiguous();
        int n = (int)weight.shape[0], k = (int)weight.shape[1];
        Tensor packed = empty(NarrowKernel.PackedLength(n, k), ScalarType.BFloat16).DetachFromDisposeScope();
        NarrowKernel.Pack(TensorMemory.Floats(whole), n, k, TensorMemory.Narrow(packed));
        return packed;
    }

    private unsafe Tensor Multiply(Tensor x, long n, long k)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = x.contiguous();
        Tensor y = empty([.. x.shape.AsSpan()[..^1], n]);
        int m = (int)(rows.numel() / k), threads = TorchRuntime.Threads;
        float* to = TensorMemory.Floats(y);
        if (_packedNarrow is null)
        {
            ProductKernel.Multiply(TensorMemory.Floats(rows), TensorMemory.Floats(_packed!), to, m, (int)n, (int)k, threads);
        }
        else if (rows.dtype == ScalarType.BFloat16)
        {
            NarrowKernel.Multiply(TensorMemory.Narrow(rows), TensorMemory.Narrow(_packedNarrow), to, m, (int)n, (int)k, threads);
        }
        else
        {
            NarrowKernel.Multiply(TensorMemory.Floats(rows), TensorMemory.Narrow(_packedNarrow), to, m, (int)n, (int)k, threads);
        }

        return y.MoveToOuterDisposeScope();
    }
}

/// <summary>A module with weights that can be laid ready.</summary>
internal interface IPreparable
{
    /// <summary>Lays the weights ready; they must not change any more.</summary>
    void Prepare(Precision precision);
}
