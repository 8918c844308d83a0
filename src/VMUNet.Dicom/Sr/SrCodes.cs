using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Concepts of measurement reports (PS3.16 TID 1500, 1411, 1410, 4019).</summary>
internal static class SrCodes
{
    public static readonly CodedConcept Report = Dcm("126000", "Imaging Measurement Report");
    public static readonly CodedConcept Language = Dcm("121049", "Language of Content Item and Descendants");
    public static readonly CodedConcept English = new("en", "RFC5646", "English");
    public static readonly CodedConcept ObserverType = Dcm("121005", "Observer Type");
    public static readonly CodedConcept Device = Dcm("121007", "Device");
    public static readonly CodedConcept DeviceUid = Dcm("121012", "Device Observer UID");
    public static readonly CodedConcept DeviceName = Dcm("121013", "Device Observer Name");
    public static readonly CodedConcept DeviceManufacturer = Dcm("121014", "Device Observer Manufacturer");
    public static readonly CodedConcept DeviceModel = Dcm("121015", "Device Observer Model Name");
    public static readonly CodedConcept ProcedureReported = Dcm("121058", "Procedure reported");
    public static readonly CodedConcept ImageLibrary = Dcm("111028", "Image Library");
    public static readonly CodedConcept ImageLibraryGroup = Dcm("126200", "Image Library Group");
    public static readonly CodedConcept ImagingMeasurements = Dcm("126010", "Imaging Measurements");
    public static readonly CodedConcept MeasurementGroup = Dcm("125007", "Measurement Group");
    public static readonly CodedConcept QualitativeEvaluations = new("C0034375", "UMLS", "Qualitative Evaluations");
    public static readonly CodedConcept Comment = Dcm("121106", "Comment");
    public static readonly CodedConcept TrackingIdentifier = Dcm("112039", "Tracking Identifier");
    public static readonly CodedConcept TrackingUid = Dcm("112040", "Tracking Unique Identifier");
    public static readonly CodedConcept Finding = Dcm("121071", "Finding");
    public static readonly CodedConcept FindingSite = Sct("363698007", "Finding Site");
    public static readonly CodedConcept Laterality = Sct("272741003", "Laterality");
    public static readonly CodedConcept ReferencedSegment = Dcm("121191", "Referenced Segment");
    public static readonly CodedConcept SourceSeries = Dcm("121232", "Source series for segmentation");
    public static readonly CodedConcept SourceImage = Dcm("121233", "Source image for segmentation");
    public static readonly CodedConcept AlgorithmName = Dcm("111001", "Algorithm Name");
    public static readonly CodedConcept AlgorithmVersion = Dcm("111003", "Algorithm Version");
    public static readonly CodedConcept Volume = Sct("118565006", "Volume");
    public static readonly CodedConcept Area = Sct("42798000", "Area");
    public static readonly CodedConcept Attenuation = Dcm("112031", "Attenuation Coefficient");
    public static readonly CodedConcept Derivation = Dcm("121401", "Derivation");
    public static readonly CodedConcept Mean = Sct("373098007", "Mean");
    public static readonly CodedConcept StandardDeviation = Sct("386136009", "Standard Deviation");
    public static readonly CodedConcept Millilitre = new("ml", "UCUM", "milliliter");
    public static readonly CodedConcept Hounsfield = new("[hnsf'U]", "UCUM", "Hounsfield unit");
    public static readonly CodedConcept Pixels = new("{pixels}", "UCUM", "pixels");

    /// <summary>What was done to get the images (CID 100), by modality.</summary>
    public static CodedConcept Procedure(string modality) => modality switch
    {
        "CT" => Sct("77477000", "Computed Tomography"),
        "MR" => Sct("113091000", "Magnetic Resonance Imaging"),
        "PT" => Sct("82918005", "Positron Emission Tomography"),
        _ => Dcm("XC", "External-camera Photography"),
    };

    private static CodedConcept Dcm(string value, string meaning) => new(value, "DCM", meaning);

    private static CodedConcept Sct(string value, string meaning) => new(value, "SCT", meaning);
}
