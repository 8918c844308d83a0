namespace VMUNet.Model.Scan.Cuda;

/// <summary>The CUDA driver or its compiler is missing, or refused a call. The message says which and why.</summary>
internal sealed class CudaException(string message, Exception? inner = null) : Exception(message, inner);
