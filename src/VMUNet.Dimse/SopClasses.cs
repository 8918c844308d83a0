namespace VMUNet.Dimse;

/// <summary>SOP class identifiers that the product names (PS3.4 annex B, PS3.7 annex A).</summary>
public static class SopClasses
{
    /// <summary>Verification (C-ECHO).</summary>
    public const string Verification = "1.2.840.10008.1.1";

    /// <summary>Storage Commitment Push Model.</summary>
    public const string StorageCommitmentPush = "1.2.840.10008.1.20.1";

    /// <summary>The one well-known instance of storage commitment (PS3.4 J.3.5).</summary>
    public const string StorageCommitmentPushInstance = "1.2.840.10008.1.20.1.1";

    /// <summary>Study Root query, C-FIND.</summary>
    public const string StudyRootFind = "1.2.840.10008.5.1.4.1.2.2.1";

    /// <summary>Study Root retrieval, C-MOVE.</summary>
    public const string StudyRootMove = "1.2.840.10008.5.1.4.1.2.2.2";

    /// <summary>CT Image Storage.</summary>
    public const string CtImage = "1.2.840.10008.5.1.4.1.1.2";

    /// <summary>Enhanced CT Image Storage.</summary>
    public const string EnhancedCtImage = "1.2.840.10008.5.1.4.1.1.2.1";

    /// <summary>MR Image Storage.</summary>
    public const string MrImage = "1.2.840.10008.5.1.4.1.1.4";

    /// <summary>Enhanced MR Image Storage.</summary>
    public const string EnhancedMrImage = "1.2.840.10008.5.1.4.1.1.4.1";

    /// <summary>Secondary Capture Image Storage.</summary>
    public const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

    /// <summary>Multi-frame True Color Secondary Capture Image Storage.</summary>
    public const string MultiFrameTrueColorSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7.4";

    /// <summary>VL Photographic Image Storage.</summary>
    public const string VlPhotographicImage = "1.2.840.10008.5.1.4.1.1.77.1.4";

    /// <summary>Dermoscopic Photography Image Storage.</summary>
    public const string DermoscopicPhotographyImage = "1.2.840.10008.5.1.4.1.1.77.1.7";

    /// <summary>Segmentation Storage.</summary>
    public const string Segmentation = "1.2.840.10008.5.1.4.1.1.66.4";

    /// <summary>Label Map Segmentation Storage.</summary>
    public const string LabelMapSegmentation = "1.2.840.10008.5.1.4.1.1.66.7";

    /// <summary>RT Structure Set Storage.</summary>
    public const string RtStructureSet = "1.2.840.10008.5.1.4.1.1.481.3";

    /// <summary>Enhanced SR Storage.</summary>
    public const string EnhancedSr = "1.2.840.10008.5.1.4.1.1.88.22";

    /// <summary>Comprehensive SR Storage.</summary>
    public const string ComprehensiveSr = "1.2.840.10008.5.1.4.1.1.88.33";

    /// <summary>Comprehensive 3D SR Storage.</summary>
    public const string Comprehensive3DSr = "1.2.840.10008.5.1.4.1.1.88.34";

    /// <summary>Storage classes that a listener accepts unless its site says otherwise.</summary>
    public static IReadOnlyList<string> AcceptedForStorage { get; } =
    [
        CtImage, EnhancedCtImage, MrImage, EnhancedMrImage, SecondaryCapture, MultiFrameTrueColorSecondaryCapture,
        VlPhotographicImage, DermoscopicPhotographyImage, Segmentation, LabelMapSegmentation, RtStructureSet,
        EnhancedSr, ComprehensiveSr, Comprehensive3DSr,
    ];

    /// <summary>True for classes whose instances carry pixels of a patient, so a pixel geometry is needed.</summary>
    public static bool IsImage(string sopClass) => sopClass
        is CtImage or EnhancedCtImage or MrImage or EnhancedMrImage or SecondaryCapture
        or MultiFrameTrueColorSecondaryCapture or VlPhotographicImage or DermoscopicPhotographyImage;
}
