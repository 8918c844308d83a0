namespace VMUNet.DicomToolkit.Imaging;

/// <summary>Meaning of the highest stored bit (0028,0103).</summary>
public enum PixelRepresentation
{
    /// <summary>Samples are not negative.</summary>
    Unsigned = 0,

    /// <summary>Samples are two's complement numbers.</summary>
    Signed = 1,
}

/// <summary>Order of samples of colour pixels (0028,0006).</summary>
public enum PlanarConfiguration
{
    /// <summary>Pixel by pixel: R G B R G B.</summary>
    Interleaved = 0,

    /// <summary>Plane by plane: R R G G B B.</summary>
    Planar = 1,
}
