using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// The scan by kernels of our own on a CUDA device, float32, any number of channels; on any other device, and where the kernels
/// cannot be had, by torch operators in chunks. The convolution is torch's.
/// </summary>
/// <param name="source">Where kernels come from; null for this process's CUDA devices.</param>
internal sealed class CudaScan(ScanKernelSource? source = null) : ISelectiveScan
{
    private readonly ScanKernelSource _source = source ?? ScanKernelSource.OfDevices;
    private readonly ChunkedScan _otherwise = new();

    /// <inheritdoc/>
    public Tensor Scan(
        Tensor x, Tensor projected, Tensor deltaWeight, Tensor deltaBias,
        Tensor aLogs, Tensor skip, int height, int width)
    {
        ScanShape shape = ScanShape.Check(x, projected, deltaWeight, deltaBias, aLogs, skip, height, width);
        int device = DeviceOf(x);
        IScanKernels? kernels = device < 0 || x.dtype != ScalarType.Float32 ? null : _source.Find(device, shape.Rank, shape.States);
        if (kernels is not null)
        {
            try
            {
                var call = new CudaScanCall(kernels, shape);
                return ManagedScan.NeedsGradient(x, projected, deltaWeight, deltaBias, aLogs, skip)
                    ? CudaScanFunction.apply(x, projected, deltaWeight, deltaBias, aLogs, skip, call)
                    : call.Forward(x, projected, deltaWeight, deltaBias, aLogs, skip, null);
            }
            catch (CudaException e)
            {
                _source.GiveUp(device, e.Message);
            }
        }

        return _otherwise.Scan(x, projected, deltaWeight, deltaBias, aLogs, skip, height, width);
    }

    /// <inheritdoc/>
    public Tensor ConvolveSilu(Tensor x, Tensor weight, Tensor bias) => _otherwise.ConvolveSilu(x, weight, bias);

    /// <summary>The device's number in the source; tests run kernels on the processor as device 0 of a source of their own.</summary>
    private int DeviceOf(Tensor x) => x.device_type == DeviceType.CUDA ? Math.Max(0, x.device_index)
        : ReferenceEquals(_source, ScanKernelSource.OfDevices) ? -1
        : 0;
}
