namespace VMUNet.Imaging;

/// <summary>Which voxels count as neighbours.</summary>
public enum Connectivity
{
    /// <summary>Sharing a face: 6 in a volume, 4 in a plane. What post-processing uses.</summary>
    Face,

    /// <summary>Sharing a face, an edge or a corner: 26 in a volume, 8 in a plane.</summary>
    Full,
}
