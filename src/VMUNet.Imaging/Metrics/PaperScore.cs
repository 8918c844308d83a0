namespace VMUNet.Imaging.Metrics;

/// <summary>One label by the convention of the TransUNet and VM-UNet papers; comparable with their tables only.</summary>
/// <param name="Dice">Dice coefficient; 1 for an invented organ, 0 for a missed or absent one.</param>
/// <param name="Hd95Voxels">Pooled 95th percentile in voxels, spacing ignored; 0 when either mask is empty.</param>
public readonly record struct PaperScore(double Dice, double Hd95Voxels);
