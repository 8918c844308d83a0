namespace VMUNet.Imaging;

/// <summary>Distances between neighbouring voxel centres, in millimetres (pixels for uncalibrated photographs).</summary>
/// <param name="Z">Between slices, perpendicular to them.</param>
/// <param name="Y">Between rows.</param>
/// <param name="X">Between columns.</param>
public readonly record struct SpacingMm(double Z, double Y, double X);
