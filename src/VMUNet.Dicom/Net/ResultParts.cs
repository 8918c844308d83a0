namespace VMUNet.Dicom;

/// <summary>The objects that a result may consist of.</summary>
[Flags]
public enum ResultParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The segmentation.</summary>
    Seg = 1,

    /// <summary>The measurement report.</summary>
    Report = 2,

    /// <summary>The picture with outlines, for viewers that show neither.</summary>
    Picture = 4,
}
