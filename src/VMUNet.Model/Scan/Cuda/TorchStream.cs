using System.Runtime.InteropServices;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>
/// The stream on which libtorch puts its own work: ours has to be put there too, or it would read memory not yet written. Asked of
/// libtorch's C interface; without libtorch for CUDA it is the default stream.
/// </summary>
internal static unsafe class TorchStream
{
    private static readonly Lazy<nint> Getter = new(Find);

    /// <summary>A CUstream of the device, for the calling thread.</summary>
    /// <exception cref="CudaException">libtorch has no answer.</exception>
    public static nint Current(int device)
    {
        if (Getter.Value == 0)
        {
            return 0;
        }

        nint stream;
        int result = ((delegate* unmanaged<int, nint*, int>)Getter.Value)(device, &stream);
        return result == 0 ? stream : throw new CudaException($"libtorch gives no stream of device {device}");
    }

    private static nint Find() =>
        NativeLibrary.TryLoad("libtorch_cuda.so", typeof(TorchStream).Assembly, null, out nint library)
        && NativeLibrary.TryGetExport(library, "aoti_torch_get_current_cuda_stream", out nint function)
            ? function
            : 0;
}
