using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>What is measured of one organ on the source grid.</summary>
public sealed record OrganMeasurement
{
    /// <summary>The organ.</summary>
    public required OrganLabel Organ { get; init; }

    /// <summary>Its voxels; 0 when it was not found.</summary>
    public required long Voxels { get; init; }

    /// <summary>Voxels times voxel size; null for photographs and for uneven or tilted slices.</summary>
    public double? VolumeMl { get; init; }

    /// <summary>Mean CT number, Hounsfield units; null unless the source is a CT.</summary>
    public double? MeanHu { get; init; }

    /// <summary>Standard deviation of the CT numbers (of the population); null unless the source is a CT.</summary>
    public double? StandardDeviationHu { get; init; }

    /// <summary>The patient's last earlier result of the same task; null when there is none.</summary>
    public EarlierVolume? Earlier { get; init; }

    /// <summary>True when the organ has at least one voxel.</summary>
    public bool IsFound => Voxels > 0;

    /// <summary>Change against the earlier volume, percent; null when one of the two is missing or was 0.</summary>
    public double? ChangePercent =>
        VolumeMl is { } now && Earlier is { VolumeMl: > 0 and var then } ? 100 * (now / then - 1) : null;
}

/// <summary>Volume of an organ in an earlier study.</summary>
/// <param name="VolumeMl">Millilitres.</param>
/// <param name="StudyDate">Date of that study.</param>
public sealed record EarlierVolume(double VolumeMl, DateOnly StudyDate);
