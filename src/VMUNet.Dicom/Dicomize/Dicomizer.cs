using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Images that are not DICOM to legal DICOM series with new UIDs.</summary>
public static class Dicomizer
{
    /// <summary>Writes a volume as axial CT or MR series: rows to the patient's left, columns to posterior, slices
    /// ascending; axes are permuted and flipped, never resampled.</summary>
    /// <param name="volume">Physical values; whole numbers of the 16-bit range are kept exactly, others within half of
    /// 1/65535 of their range.</param>
    /// <param name="outDir">Folder that receives 0001.dcm and so on; created when missing.</param>
    /// <param name="options">Kind and identity.</param>
    /// <returns>The files, in slice order.</returns>
    /// <exception cref="BadInputException">A value is not finite, or the kind is no volume.</exception>
    public static IReadOnlyList<string> FromVolume(Volume volume, string outDir, DicomizeOptions options)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Kind == DicomizeKind.Dermoscopy)
        {
            throw new BadInputException("A volume cannot become a photograph; expected kind mr or ct");
        }
        Directory.CreateDirectory(outDir);
        var axial = Orientation.ToCanonical(volume).Volume;
        var encoding = VoxelEncoding.Of(axial.Voxels);
        var study = StudyUids.New(options);
        var files = new List<string>();
        for (var z = 0; z < axial.Geometry.Slices; z++)
        {
            var data = DicomizeHeader.Create(options, study, z + 1);
            AddVolumeImage(data, axial.Geometry, z, options.Kind);
            AddPixels(data, axial, z, encoding, options.Kind);
            var path = Path.Combine(outDir, (z + 1).ToString("0000", CultureInfo.InvariantCulture) + ".dcm");
            new DicomFile(data).Save(path);
            files.Add(path);
        }
        return files;
    }

    /// <summary>Writes a picture as one VL Photographic image, RGB without compression.</summary>
    /// <returns>The file.</returns>
    /// <exception cref="BadInputException">The kind is no photograph.</exception>
    public static string FromPicture(Picture picture, string outDir, DicomizeOptions options)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Kind != DicomizeKind.Dermoscopy)
        {
            throw new BadInputException("A picture has no place in the patient; expected kind derm");
        }
        Directory.CreateDirectory(outDir);
        var data = DicomizeHeader.Create(options, StudyUids.New(options), 1);
        data.Add(DicomTag.ImageType, options.LossyRatio is null ? "ORIGINAL" : "DERIVED", "PRIMARY");
        data.Add(DicomTag.PatientOrientation, Array.Empty<string>());
        // type 2C: which side of the body is not known
        data.Add(DicomTag.Laterality, Array.Empty<string>());
        data.Add(new DicomSequence(DicomTag.AcquisitionContextSequence));
        data.Add(new DicomSequence(DicomTag.AnatomicRegionSequence,
            SegSegments.Code(new CodedConcept("39937001", "SCT", "Skin"))));
        data.Add(DicomTag.SamplesPerPixel, (ushort)3);
        data.Add(DicomTag.PhotometricInterpretation, "RGB");
        data.Add(DicomTag.PlanarConfiguration, (ushort)0);
        data.Add(DicomTag.BurnedInAnnotation, "NO");
        data.Add(DicomTag.LossyImageCompression, options.LossyRatio is null ? "00" : "01");
        if (options.LossyRatio is { } ratio)
        {
            data.Add(DicomTag.LossyImageCompressionRatio, DicomText.ToDecimalString(Math.Round(ratio, 2)));
            data.Add(DicomTag.LossyImageCompressionMethod, "ISO_10918_1");
        }
        AddSize(data, picture.Rows, picture.Columns, 8, isSigned: false);
        data.Add(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(DicomText.Even(picture.Rgb))));
        var path = Path.Combine(outDir, "0001.dcm");
        new DicomFile(data).Save(path);
        return path;
    }

    private static void AddVolumeImage(DicomDataset data, VolumeGeometry grid, int slice, DicomizeKind kind)
    {
        static string Ds(double value) => DicomText.ToDecimalString(value);
        var position = grid.ToPatient(slice, 0, 0);
        data.Add(DicomTag.ImagePositionPatient, Ds(position.X), Ds(position.Y), Ds(position.Z));
        data.Add(DicomTag.ImageOrientationPatient,
            Ds(grid.RowDirection.X), Ds(grid.RowDirection.Y), Ds(grid.RowDirection.Z),
            Ds(grid.ColumnDirection.X), Ds(grid.ColumnDirection.Y), Ds(grid.ColumnDirection.Z));
        data.Add(DicomTag.PixelSpacing, Ds(grid.RowSpacingMm), Ds(grid.ColumnSpacingMm));
        data.Add(DicomTag.SliceThickness, Ds(grid.Spacing.Z));
        data.Add(DicomTag.SamplesPerPixel, (ushort)1);
        data.Add(DicomTag.PhotometricInterpretation, "MONOCHROME2");
        data.Add(DicomTag.PatientPosition, "HFS");
        data.Add(DicomTag.AcquisitionNumber, "1");
        if (kind == DicomizeKind.Ct)
        {
            data.Add(DicomTag.ImageType, "DERIVED", "SECONDARY", "AXIAL");
            data.Add(DicomTag.KVP, Array.Empty<string>());
            return;
        }
        data.Add(DicomTag.ImageType, "DERIVED", "SECONDARY", "OTHER");
        data.Add(DicomTag.ScanningSequence, "RM");
        data.Add(DicomTag.SequenceVariant, "NONE");
        data.Add(DicomTag.ScanOptions, Array.Empty<string>());
        data.Add(DicomTag.MRAcquisitionType, Array.Empty<string>());
        data.Add(DicomTag.EchoTime, Array.Empty<string>());
        data.Add(DicomTag.RepetitionTime, Array.Empty<string>());
        data.Add(DicomTag.EchoTrainLength, Array.Empty<string>());
    }

    private static void AddPixels(DicomDataset data, Volume axial, int slice, VoxelEncoding encoding, DicomizeKind kind)
    {
        if (kind == DicomizeKind.Ct || !encoding.IsIdentity)
        {
            data.Add(DicomTag.RescaleSlope, encoding.SlopeText);
            data.Add(DicomTag.RescaleIntercept, encoding.InterceptText);
            data.Add(DicomTag.RescaleType, kind == DicomizeKind.Ct ? "HU" : "US");
        }
        AddSize(data, axial.Geometry.Rows, axial.Geometry.Columns, 16, encoding.IsSigned);
        data.Add(new DicomOtherWord(DicomTag.PixelData, new MemoryByteBuffer(encoding.Encode(axial.Slice(slice)))));
    }

    private static void AddSize(DicomDataset data, int rows, int columns, ushort bits, bool isSigned)
    {
        if (rows > ushort.MaxValue || columns > ushort.MaxValue)
        {
            throw new BadInputException($"{rows} x {columns} pixels do not fit into a DICOM image; at most 65535 a side");
        }
        data.Add(DicomTag.Rows, (ushort)rows);
        data.Add(DicomTag.Columns, (ushort)columns);
        data.Add(DicomTag.BitsAllocated, bits);
        data.Add(DicomTag.BitsStored, bits);
        data.Add(DicomTag.HighBit, (ushort)(bits - 1));
        data.Add(DicomTag.PixelRepresentation, (ushort)(isSigned ? 1 : 0));
    }
}
