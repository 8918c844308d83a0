using System.Reflection;
using VMUNet.Dicom;
using VMUNet.Model;

namespace VMUNet.Host;

/// <summary>Who made the labels of a SEG that a command writes.</summary>
internal static class SegOrigin
{
    /// <summary>Version of this product, without the source revision.</summary>
    public static string SoftwareVersion { get; } =
        typeof(SegOrigin).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion
            .Split('+')[0];

    /// <summary>Labels that a model made.</summary>
    public static SegProvenance Model(LoadedModel model) => new()
    {
        AlgorithmName = "VM-UNet",
        AlgorithmVersion = model.Manifest.Version,
        WeightsSha256 = model.WeightsSha256,
        ModelName = model.Name,
        Precision = model.Precision.ToName(),
        SoftwareVersion = SoftwareVersion,
        CreatedAt = TimeProvider.System.GetLocalNow(),
    };

    /// <summary>Labels that a person drew or corrected; no weights made them.</summary>
    public static SegProvenance Reviewer(string? name, string task) => new()
    {
        AlgorithmName = "Reviewer",
        AlgorithmVersion = SoftwareVersion,
        WeightsSha256 = "",
        ModelName = task,
        SoftwareVersion = SoftwareVersion,
        CreatedAt = TimeProvider.System.GetLocalNow(),
        IsReviewerCorrection = true,
        ReviewerName = name ?? "Reviewer",
    };
}
