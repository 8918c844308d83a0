using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>The rules of a drawn result: nobody may take it for an acquired image.</summary>
internal static class PictureRules
{
    private static readonly (DicomTag Tag, string Value)[] Fixed =
    [
        (DicomTag.SOPClassUID, SopClasses.SecondaryCapture), (DicomTag.ImageType, @"DERIVED\SECONDARY"),
        (DicomTag.BurnedInAnnotation, "YES"), (DicomTag.ConversionType, "WSD"), (DicomTag.SamplesPerPixel, "3"),
        (DicomTag.PhotometricInterpretation, "RGB"), (DicomTag.BitsAllocated, "8"), (DicomTag.PlanarConfiguration, "0"),
    ];

    public static IEnumerable<string> Faults(DicomDataset data, SourceSeries source, Picture picture)
    {
        foreach (var (tag, value) in Fixed.Where(f => data.GetText(f.Tag) != f.Value))
        {
            yield return $"Attribute {tag} is '{data.GetText(tag)}', expected '{value}'";
        }
        if (!data.GetText(DicomTag.SeriesDescription).Contains(ResultSeries.Warning, StringComparison.Ordinal))
        {
            yield return "The series description lacks the warning";
        }
        var images = data.GetItems(DicomTag.SourceImageSequence);
        var known = source.Instances.Select(i => i.SopInstanceUid).ToHashSet();
        if (images.Count == 0 || images.Any(i => !known.Contains(i.GetText(DicomTag.ReferencedSOPInstanceUID))))
        {
            yield return "The picture does not name the source images that it shows";
        }
        var bytes = data.GetBytes(DicomTag.PixelData);
        if (data.GetInt(DicomTag.Rows, 0) != picture.Rows || data.GetInt(DicomTag.Columns, 0) != picture.Columns
            || bytes.Length < picture.Rgb.Length || !bytes.AsSpan(0, picture.Rgb.Length).SequenceEqual(picture.Rgb))
        {
            yield return "The pixels differ from what was drawn";
        }
    }
}
