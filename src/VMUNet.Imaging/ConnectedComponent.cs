namespace VMUNet.Imaging;

/// <summary>One connected part of a label.</summary>
/// <param name="Voxels">Its size.</param>
/// <param name="FirstIndex">Index of its first voxel in memory order (z, y, x).</param>
public readonly record struct ConnectedComponent(long Voxels, int FirstIndex);
