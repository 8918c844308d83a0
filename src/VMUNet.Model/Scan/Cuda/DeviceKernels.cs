namespace VMUNet.Model.Scan.Cuda;

/// <summary>The kernels as a module of one device's primary context.</summary>
internal sealed unsafe class DeviceKernels : IScanKernels
{
    private readonly CudaDriver _driver;
    private readonly int _device;
    private readonly nint _forward, _backward, _merge;

    /// <summary>Loads a compiled program; it stays for the life of the process.</summary>
    /// <exception cref="CudaException">The driver refuses it.</exception>
    public DeviceKernels(CudaDriver driver, int device, byte[] program)
    {
        (_driver, _device) = (driver, device);
        using CudaDriver.Entered entered = driver.Enter(device);
        nint module = driver.LoadModule(program);
        _forward = driver.KernelOf(module, "scan_forward");
        _backward = driver.KernelOf(module, "scan_backward");
        _merge = driver.KernelOf(module, "scan_merge");
    }

    /// <inheritdoc/>
    public int Block => KernelSource.Block;

    /// <inheritdoc/>
    public void Forward(in ScanInputs inputs, nint parts, nint checkpoints, in ScanShape shape)
    {
        ScanInputs s = inputs;
        int h = shape.Height, w = shape.Width, d = shape.Inner;
        (nint x, nint projected, nint weight, nint bias, nint a2) = (s.X, s.Projected, s.DeltaWeight, s.DeltaBias, s.A2);
        void** arguments = stackalloc void*[] { &x, &projected, &weight, &bias, &a2, &parts, &checkpoints, &h, &w, &d };
        Launch(_forward, GridOf(shape), arguments);
    }

    /// <inheritdoc/>
    public void Backward(in ScanInputs inputs, nint checkpoints, nint gradient, in ScanGradientParts outputs, in ScanShape shape)
    {
        ScanInputs s = inputs;
        ScanGradientParts o = outputs;
        int h = shape.Height, w = shape.Width, d = shape.Inner;
        (nint x, nint projected, nint weight, nint bias, nint a2) = (s.X, s.Projected, s.DeltaWeight, s.DeltaBias, s.A2);
        (nint dx, nint delta, nint rows, nint a) = (o.X, o.Delta, o.Rows, o.A);
        void** arguments = stackalloc void*[]
        {
            &gradient, &x, &projected, &weight, &bias, &a2, &checkpoints, &dx, &delta, &rows, &a, &h, &w, &d,
        };
        Launch(_backward, GridOf(shape), arguments);
    }

    /// <inheritdoc/>
    public void Merge(nint parts, nint x, nint skip, nint sum, in ScanShape shape)
    {
        long perImage = (long)shape.Length * shape.Inner, all = shape.Batch * perImage;
        int d = shape.Inner;
        void** arguments = stackalloc void*[] { &parts, &x, &skip, &sum, &perImage, &all, &d };
        Launch(_merge, (Blocks(all), 1, 1), arguments);
    }

    private static (uint X, uint Y, uint Z) GridOf(in ScanShape shape) => (Blocks(shape.Inner), ScanLayout.Directions, (uint)shape.Batch);

    private static uint Blocks(long threads) => checked((uint)((threads + KernelSource.Block - 1) / KernelSource.Block));

    private void Launch(nint kernel, (uint X, uint Y, uint Z) grid, void** arguments)
    {
        using CudaDriver.Entered entered = _driver.Enter(_device);
        _driver.Launch(kernel, grid, KernelSource.Block, TorchStream.Current(_device), arguments);
    }
}
