using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Series and equipment of everything that this product sends: each kind of result in a series of its
/// own.</summary>
internal static class ResultSeries
{
    /// <summary>The words that every result carries.</summary>
    public const string Warning = Overlay.Warning;

    private const int LongString = 64;

    /// <summary>Adds series and equipment modules with a new series UID.</summary>
    public static void Add(DicomDataset data, string modality, int number, string description, SegProvenance provenance)
    {
        data.Add(DicomTag.Modality, modality);
        data.Add(DicomTag.SeriesInstanceUID, Uids.New());
        data.Add(DicomTag.SeriesNumber, number.ToString(CultureInfo.InvariantCulture));
        data.Add(DicomTag.SeriesDate, Date(provenance.CreatedAt));
        data.Add(DicomTag.SeriesTime, Time(provenance.CreatedAt));
        data.Add(DicomTag.SeriesDescription, $"{description} - {Warning}");
        data.Add(DicomTag.Manufacturer, SegWriter.Manufacturer);
        data.Add(DicomTag.ManufacturerModelName, "VM-UNet Segmentation");
        data.Add(DicomTag.DeviceSerialNumber, DicomText.Cut(provenance.InstanceId, LongString));
        data.Add(DicomTag.SoftwareVersions,
            DicomText.Cut($"{SegWriter.Manufacturer} {provenance.SoftwareVersion}", LongString),
            DicomText.Cut($"{provenance.ModelName} {provenance.AlgorithmVersion}", LongString));
    }

    /// <summary>A date as DA.</summary>
    public static string Date(DateTimeOffset at) => at.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    /// <summary>A time of day as TM.</summary>
    public static string Time(DateTimeOffset at) => at.ToString("HHmmss.ffffff", CultureInfo.InvariantCulture);
}
