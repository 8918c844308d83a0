namespace VMUNet.Dicom;

/// <summary>Why an input cannot be used: a closed set, stored in rows and shown on pages.</summary>
public enum RefusalReason
{
    /// <summary>There was no file at all.</summary>
    Empty,

    /// <summary>None of the files is a DICOM file.</summary>
    NotDicom,

    /// <summary>A file starts as DICOM and cannot be read to its end, or contradicts itself.</summary>
    Damaged,

    /// <summary>The files belong to more than one series.</summary>
    SeveralSeries,

    /// <summary>The object is of a kind that is not an image to segment (a report, a segmentation, a plan).</summary>
    UnsupportedObject,

    /// <summary>The transfer syntax or photometric interpretation cannot be decoded here.</summary>
    UnsupportedEncoding,

    /// <summary>The image has no pixel data.</summary>
    NoPixelData,

    /// <summary>Position, orientation or pixel spacing is missing or impossible.</summary>
    MissingGeometry,

    /// <summary>The images lie in several directions and no direction holds the majority.</summary>
    MixedOrientation,

    /// <summary>The images have several sizes or spacings and none holds the majority.</summary>
    MixedSize,

    /// <summary>Two different images lie at one position and nothing tells which belongs to the volume.</summary>
    AmbiguousDuplicate,

    /// <summary>Rescaling the stored values gives no finite number.</summary>
    BadRescale,

    /// <summary>The volume would be larger than the limit.</summary>
    TooLarge,

    /// <summary>A series of photographs holds more than one picture.</summary>
    SeveralPhotographs,

    /// <summary>The segmentation belongs to another study than the source series.</summary>
    OtherStudy,

    /// <summary>The segmentation lies in another frame of reference than the source series.</summary>
    OtherFrameOfReference,

    /// <summary>A frame of the segmentation lies on no source slice, or off the pixel grid.</summary>
    OffGrid,

    /// <summary>A segment's code and label name no organ that was asked for.</summary>
    UnknownOrgan,
}
