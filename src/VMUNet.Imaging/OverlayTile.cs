namespace VMUNet.Imaging;

/// <summary>One image of a sheet with its labels.</summary>
/// <param name="Image">The image.</param>
/// <param name="Labels">Rows x columns labels of the same size.</param>
/// <param name="Caption">A few words without patient data.</param>
public sealed record OverlayTile(Picture Image, byte[] Labels, string Caption);
