using System.Collections.Concurrent;
using System.Globalization;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Scan.Cuda;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>Where a network computes, and why there.</summary>
/// <param name="Name"><c>cpu</c> or <c>cuda:N</c>.</param>
/// <param name="Reason">For the log: what was asked for, what was found.</param>
public sealed record DeviceChoice(string Name, string Reason)
{
    /// <summary>Leaves the choice to the machine.</summary>
    public const string Auto = "auto";

    private const string Cpu = "cpu", Cuda = "cuda:";
    private static readonly Lazy<DeviceSurvey> Survey = new(Look);
    private static readonly ConcurrentDictionary<DeviceChoice, bool> Said = [];

    /// <summary>Number of the CUDA device; -1 for the CPU.</summary>
    public int Index => Name == Cpu ? -1 : int.Parse(Name.AsSpan(Cuda.Length), CultureInfo.InvariantCulture);

    /// <summary>Whether it is a CUDA device.</summary>
    public bool IsCuda => Index >= 0;

    /// <summary>Chooses, and says a choice the first time that it is made in this process.</summary>
    /// <param name="wanted"><c>auto</c> (the first CUDA device if there is one), <c>cpu</c> or <c>cuda:N</c>.</param>
    /// <exception cref="BadInputException">None of these, or a device that is not here; the message says why.</exception>
    public static DeviceChoice Of(string wanted)
    {
        // Who asks for the CPU does not wait until the machine has been looked at.
        DeviceChoice choice = Of(wanted, wanted == Cpu ? new DeviceSurvey([], "") : Survey.Value);
        if (Said.TryAdd(choice, true))
        {
            ComputeNotes.Say($"networks compute on {choice.Name}: {choice.Reason}");
        }

        return choice;
    }

    /// <summary>The choice for a machine with these devices.</summary>
    internal static DeviceChoice Of(string wanted, DeviceSurvey survey)
    {
        if (wanted == Cpu)
        {
            return new DeviceChoice(Cpu, "so it was asked for");
        }

        if (wanted == Auto)
        {
            return survey.Names.Count == 0
                ? new DeviceChoice(Cpu, survey.Why)
                : new DeviceChoice(Cuda + "0", $"{survey.Names[0]} is there");
        }

        if (!wanted.StartsWith(Cuda, StringComparison.Ordinal)
            || !int.TryParse(wanted.AsSpan(Cuda.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            throw new BadInputException($"'{wanted}' is no device; there are auto, cpu and cuda:N with N from 0.");
        }

        if (index >= survey.Names.Count)
        {
            string there = survey.Names.Count == 0 ? survey.Why : $"there are {string.Join(", ", survey.Names.Select((n, i) => $"cuda:{i} ({n})"))}";
            throw new BadInputException($"{wanted} cannot be used: {there}.");
        }

        return new DeviceChoice(wanted, $"so it was asked for; {survey.Names[index]}");
    }

    /// <summary>As libtorch names it.</summary>
    internal Device ToDevice() => IsCuda ? new Device(DeviceType.CUDA, Index) : CPU;

    private static DeviceSurvey Look()
    {
        // The driver first: a machine without one is the usual case, and asking it costs nothing.
        if (CudaDriver.Find(out string why) is not { } driver)
        {
            return new DeviceSurvey([], why);
        }

        return cuda_is_available()
            ? new DeviceSurvey([.. Enumerable.Range(0, cuda.device_count()).Select(driver.NameOf)], "")
            : new DeviceSurvey([], "there is a CUDA driver, but libtorch cannot use it: this program was built for the CPU (-p:Torch=cuda builds the other), or the driver is too old for it");
    }
}

/// <summary>The CUDA devices that libtorch can use.</summary>
/// <param name="Names">By number.</param>
/// <param name="Why">Why there are none.</param>
internal sealed record DeviceSurvey(IReadOnlyList<string> Names, string Why);
