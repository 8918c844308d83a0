namespace VMUNet.Imaging;

/// <summary>A label map in which a label keeps only its largest part, or none that is too small, and what that cost.</summary>
/// <param name="Labels">The cleaned map.</param>
/// <param name="Count">Parts before.</param>
/// <param name="KeptVoxels">Voxels that stay.</param>
/// <param name="RemovedVoxels">Voxels that became background.</param>
public sealed record LargestComponent(LabelMap Labels, int Count, long KeptVoxels, long RemovedVoxels)
{
    /// <summary>Share of the label that was removed, 0 to 1; above 0.2 deserves a look.</summary>
    public double RemovedShare => RemovedVoxels == 0 ? 0 : (double)RemovedVoxels / (KeptVoxels + RemovedVoxels);
}
