using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>A drawn result to a Secondary Capture image (PS3.3 A.8) in a series of its own: derived, lossless, marked as
/// carrying burnt-in words.</summary>
public static class CaptureWriter
{
    private const int SeriesNumber = 9003;

    /// <summary>Writes a picture.</summary>
    /// <param name="source">The series that it shows.</param>
    /// <param name="picture">The drawn result.</param>
    /// <param name="slices">Slices of the source that it shows, in order.</param>
    /// <param name="provenance">Who made the labels.</param>
    public static ResultObject Write(
        SourceSeries source, Picture picture, IReadOnlyList<int> slices, SegProvenance provenance)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(slices);
        ArgumentNullException.ThrowIfNull(provenance);
        var data = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated();
        SegHeader.CopyPatientAndStudy(source.Header, data);
        ResultSeries.Add(data, "OT", SeriesNumber, "VM-UNet picture", provenance);
        data.Add(DicomTag.ConversionType, "WSD");
        data.Add(DicomTag.SOPClassUID, SopClasses.SecondaryCapture);
        data.Add(DicomTag.SOPInstanceUID, Uids.New());
        data.Add(DicomTag.ImageType, "DERIVED", "SECONDARY");
        data.Add(DicomTag.InstanceNumber, "1");
        // type 2C: wanted where nothing else gives direction and side
        data.Add(DicomTag.PatientOrientation, Array.Empty<string>());
        data.Add(DicomTag.Laterality, Array.Empty<string>());
        data.Add(DicomTag.ContentDate, ResultSeries.Date(provenance.CreatedAt));
        data.Add(DicomTag.ContentTime, ResultSeries.Time(provenance.CreatedAt));
        data.Add(DicomTag.BurnedInAnnotation, "YES");
        data.Add(DicomTag.DerivationDescription, $"Outlines of a segmentation, drawn over the image; {ResultSeries.Warning}");
        SegHeader.AddLossyHistory(source.Header, data);
        data.Add(new DicomSequence(DicomTag.SourceImageSequence,
            [.. slices.Select(z => SegFunctionalGroups.SourceImage(source.Frames[z])
                .AddOrUpdate(DicomTag.SpatialLocationsPreserved, "NO"))]));
        data.Add(DicomTag.SamplesPerPixel, (ushort)3);
        data.Add(DicomTag.PhotometricInterpretation, "RGB");
        data.Add(DicomTag.PlanarConfiguration, (ushort)0);
        data.Add(DicomTag.Rows, (ushort)picture.Rows);
        data.Add(DicomTag.Columns, (ushort)picture.Columns);
        data.Add(DicomTag.BitsAllocated, (ushort)8);
        data.Add(DicomTag.BitsStored, (ushort)8);
        data.Add(DicomTag.HighBit, (ushort)7);
        data.Add(DicomTag.PixelRepresentation, (ushort)0);
        data.Add(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(DicomText.Even(picture.Rgb))));
        return ResultObject.Of(data);
    }
}
