using System.Diagnostics;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Scan.Cuda;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// One forward pass from file to file, without any preprocessing: for comparisons with other implementations.
/// </summary>
public static class RawForward
{
    /// <summary>Name of the tensor read.</summary>
    public const string InputName = "input";

    /// <summary>Name of the tensor written.</summary>
    public const string OutputName = "logits";

    /// <summary>
    /// Reads the network's sizes from the weights' names and shapes, runs it image by image, writes the raw logits. An image whose
    /// height or width is no multiple of 32 is filled up with zeros at the bottom and right, and the logits are cut to its size.
    /// </summary>
    /// <param name="options">Files, device and scan.</param>
    /// <param name="ct">Looked at before each image.</param>
    /// <exception cref="BadInputException">
    /// Damaged files, weights of something else or with NaN, an input of another rank or number of channels, without images or with
    /// NaN, or a device or scan that this machine or network does not have.
    /// </exception>
    public static RawForwardReport Run(RawForwardOptions options, CancellationToken ct)
    {
        using var scope = NewDisposeScope();
        using IDisposable mode = inference_mode();
        DeviceChoice choice = DeviceOf(options);
        Device device = choice.ToDevice();
        Tensor input = InputOf(options.Input);                                  // (B, C, H, W)
        using Checkpoint checkpoint = Checkpoint.Open(options.Weights);
        ModelConfig config = checkpoint.ConfigOf();
        if (input.shape[1] != 1 && input.shape[1] != config.InputChannels)
        {
            throw new BadInputException(
                $"{Path.GetFileName(options.Input)} has {input.shape[1]} channels; the network takes {config.InputChannels}, or 1 that is repeated.");
        }

        ScanKind scan = ScanOf(options.Scan, config, device);
        using VmUNet network = new(config, scan, seed: 0);
        checkpoint.LoadInto(network);
        network.to(device);
        network.Prepare(options.Precision);
        long started = Stopwatch.GetTimestamp();
        Tensor logits = Forward(network, input, device, ct);                    // (B, classes, H, W)
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        SafeTensors.Write(options.Output, [KeyValuePair.Create(OutputName, logits)]);
        return new RawForwardReport(
            ModelArchitecture.Of(config), input.shape, logits.shape, choice.Name, choice.Reason, NameOf(scan, choice), options.Precision, seconds);
    }

    /// <summary>Next multiple of what the network can halve.</summary>
    internal static long Padded(long side) => (side + VmUNet.SizeMultiple - 1) / VmUNet.SizeMultiple * VmUNet.SizeMultiple;

    private static Tensor Forward(VmUNet network, Tensor input, Device device, CancellationToken ct)
    {
        long h = input.shape[2], w = input.shape[3];
        var results = new List<Tensor>();
        for (long i = 0; i < input.shape[0]; i++)
        {
            ct.ThrowIfCancellationRequested();
            using DisposeScope one = NewDisposeScope();
            Tensor image = nn.functional.pad(input.narrow(0, i, 1).to(device), [0, Padded(w) - w, 0, Padded(h) - h]);
            Tensor logits = network.forward(image).narrow(2, 0, h).narrow(3, 0, w);
            results.Add(logits.cpu().contiguous().MoveToOuterDisposeScope());
        }

        return cat(results, 0);
    }

    private static Tensor InputOf(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"There is no file {path}.");
        }

        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        if (!file.Shapes.TryGetValue(InputName, out long[]? shape))
        {
            throw new BadInputException($"{file.Source} holds no tensor '{InputName}'.");
        }

        if (shape.Length != 4 || shape.Any(n => n < 1))
        {
            throw new BadInputException(
                $"'{InputName}' in {file.Source} is ({string.Join(", ", shape)}); expected (B, C, H, W) with at least one image and one pixel.");
        }

        Tensor input = file.Read(InputName);
        Checkpoints.Weights.DemandFinite(input, InputName, file.Source);
        return input;
    }

    private static DeviceChoice DeviceOf(RawForwardOptions options)
    {
        DeviceChoice choice = DeviceChoice.Of(options.Device);
        return choice.IsCuda || options.Scan != "cuda"
            ? choice
            : throw new BadInputException($"--scan cuda needs a CUDA device, and the network would compute on the CPU: {choice.Reason}.");
    }

    /// <summary>What ran: the kernels of a CUDA device may have been given up.</summary>
    private static string NameOf(ScanKind scan, DeviceChoice choice) => scan switch
    {
        ScanKind.Cuda when ScanKernelSource.OfDevices.FaultOf(choice.Index) is not null => "chunked",
        _ => Enum.GetName(scan)!.ToLowerInvariant(),
    };

    private static ScanKind ScanOf(string? wanted, ModelConfig config, Device device)
    {
        bool isManagedPossible = device.type == DeviceType.CPU && config.StateSize == Scan.ScanLayout.States;
        return wanted switch
        {
            "reference" => ScanKind.Reference,
            "chunked" => ScanKind.Chunked,
            "cuda" => ScanKind.Cuda,
            null when device.type == DeviceType.CUDA => ScanKind.Cuda,
            "managed" when !isManagedPossible => throw new BadInputException(
                $"--scan managed has {Scan.ScanLayout.States} states on the CPU, this network has {config.StateSize}; take chunked."),
            null when !isManagedPossible => ScanKind.Chunked,
            _ => ScanKind.Managed,
        };
    }
}

/// <summary>What to run.</summary>
public sealed record RawForwardOptions
{
    /// <summary>A .safetensors or .pth file with the weights of a VM-UNet.</summary>
    public required string Weights { get; init; }

    /// <summary>A safetensors file with the tensor <see cref="RawForward.InputName"/>: (B, C, H, W).</summary>
    public required string Input { get; init; }

    /// <summary>File to write: the tensor <see cref="RawForward.OutputName"/>, (B, classes, H, W), float32.</summary>
    public required string Output { get; init; }

    /// <summary>auto, cpu, or cuda:N.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>How the products are computed.</summary>
    public Precision Precision { get; init; }

    /// <summary>reference, chunked, managed or cuda; null for the fastest that serves.</summary>
    public string? Scan { get; init; }
}

/// <summary>What ran.</summary>
/// <param name="Architecture">Sizes read from the weights.</param>
/// <param name="InputShape">(B, C, H, W).</param>
/// <param name="OutputShape">(B, classes, H, W).</param>
/// <param name="Device">Where.</param>
/// <param name="DeviceReason">Why there.</param>
/// <param name="Scan">With which scan.</param>
/// <param name="Precision">How the products were computed.</param>
/// <param name="Seconds">The forward passes alone.</param>
public sealed record RawForwardReport(
    ModelArchitecture Architecture, IReadOnlyList<long> InputShape, IReadOnlyList<long> OutputShape, string Device, string DeviceReason,
    string Scan, Precision Precision, double Seconds);
