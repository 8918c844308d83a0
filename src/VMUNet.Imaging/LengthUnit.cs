namespace VMUNet.Imaging;

/// <summary>What a distance on a grid means.</summary>
public enum LengthUnit
{
    /// <summary>Calibrated patient space.</summary>
    Millimetre,

    /// <summary>A photograph without calibration: distances count pixels and no volume exists.</summary>
    Pixel,
}
