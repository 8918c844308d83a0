namespace VMUNet.Model.Scan.Cuda;

/// <summary>Memory where kernels run, for the self-test.</summary>
internal interface IKernelMemory : IDisposable
{
    /// <summary>New memory with these values; it goes with this object.</summary>
    nint Upload(ReadOnlySpan<float> values);

    /// <summary>New memory for so many numbers, all NaN.</summary>
    nint Blank(int count);

    /// <summary>Values from the start of a piece of memory, after all work on it.</summary>
    float[] Download(nint from, int count);
}

/// <summary>Memory of a CUDA device.</summary>
internal sealed class DeviceMemory(CudaDriver driver, int device) : IKernelMemory
{
    private readonly List<nint> _pieces = [];

    /// <inheritdoc/>
    public nint Upload(ReadOnlySpan<float> values)
    {
        using CudaDriver.Entered entered = driver.Enter(device);
        nint piece = driver.Allocate((long)values.Length * sizeof(float));
        _pieces.Add(piece);
        driver.Upload(values, piece);
        return piece;
    }

    /// <inheritdoc/>
    public nint Blank(int count)
    {
        var values = new float[count];
        Array.Fill(values, float.NaN);
        return Upload(values);
    }

    /// <inheritdoc/>
    public float[] Download(nint from, int count)
    {
        using CudaDriver.Entered entered = driver.Enter(device);
        driver.Synchronize();
        var values = new float[count];
        driver.Download(from, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using CudaDriver.Entered entered = driver.Enter(device);
        foreach (nint piece in _pieces)
        {
            driver.Free(piece);
        }

        _pieces.Clear();
    }
}
