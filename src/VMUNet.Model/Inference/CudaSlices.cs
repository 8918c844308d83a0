using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// A volume's slices over a CUDA device: pinned memory on both ways, so that copies run beside the processor's own work.
/// </summary>
internal sealed class CudaSlices : ISliceWork, IDisposable
{
    private readonly VmUNet _network;
    private readonly Device _device;
    private readonly Func<int, Sample> _sample;
    private readonly Action<int, byte[], byte[]?> _take;
    private readonly bool _withConfidence;
    private readonly int _size;
    private readonly PredictionRules _rules;
    private readonly byte _singleLabel;
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor[] _inputs = new Tensor[2];
    private Tensor? _result;
    private readonly IReadOnlyList<Sample>[] _samples = [[], []];

    /// <summary>Allocates the pinned buffers.</summary>
    /// <param name="network">On the device, in eval mode.</param>
    /// <param name="device">That device.</param>
    /// <param name="size">Side of the network's input.</param>
    /// <param name="rules">How answers become labels.</param>
    /// <param name="singleLabel">Value to write where a one-class network says yes.</param>
    /// <param name="batch">Slices at once, at most.</param>
    /// <param name="sample">Gives a slice.</param>
    /// <param name="take">Takes a slice's labels and, if they are wanted, their probabilities.</param>
    /// <param name="withConfidence">Whether they are wanted.</param>
    public CudaSlices(
        VmUNet network, Device device, int size, PredictionRules rules, byte singleLabel, int batch, Func<int, Sample> sample, Action<int, byte[], byte[]?> take,
        bool withConfidence)
    {
        _withConfidence = withConfidence;
        (_network, _device, _size, _rules, _singleLabel, _sample, _take) = (network, device, size, rules, singleLabel, sample, take);
        int channels = sample(0).Planes.Count;
        for (int i = 0; i < _inputs.Length; i++)
        {
            using Tensor pageable = empty(batch, channels, size, size);
            _inputs[i] = pageable.pin_memory();
        }
    }

    /// <inheritdoc/>
    public void Fill(int buffer, int from, int count)
    {
        _samples[buffer] = [.. Enumerable.Range(from, count).Select(_sample)];
        SlicePredictor.Fill(_samples[buffer], _size, Floats(_inputs[buffer]));
    }

    /// <inheritdoc/>
    public void Start(int buffer, int count) => Guarded(() =>
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = inference_mode();
        Tensor input = _inputs[buffer].narrow(0, 0, count).to(_device.type, _device.index, non_blocking: true); // (B, C, H, W)
        Tensor probabilities = SlicePredictor.Infer(_network, input, _rules);                                  // (B, classes, H, W)
        _result?.Dispose();
        _result = probabilities.to(DeviceType.CPU, non_blocking: true).DetachFromDisposeScope(); // pinned by libtorch
    });

    /// <inheritdoc/>
    public void Finish(int buffer, int from, int count)
    {
        Guarded(() => cuda.synchronize(_device));
        byte[][]? confidences = _withConfidence ? new byte[count][] : null;
        byte[][] labels = SlicePredictor.LabelsOf(
            Floats(_result!), _network.Config.Classes, _samples[buffer], _size, _rules, _singleLabel, confidences);
        for (int i = 0; i < count; i++)
        {
            _take(from + i, labels[i], confidences?[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _result?.Dispose();
        _scope.Dispose();
    }

    private static Span<float> Floats(Tensor t) => MemoryMarshal.Cast<byte, float>(t.bytes);

    private static void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (DeviceMemoryException.IsMeantBy(e))
        {
            throw new DeviceMemoryException(e.Message.Split('\n')[0], e);
        }
    }
}
