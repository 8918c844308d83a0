using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Series;

public sealed class PhotographTests : IDisposable
{
    private static readonly byte[] Rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rgb_by_pixel_is_taken_as_it_is()
    {
        var photograph = Read.Photograph([Write(Photo("RGB", 3, Rgb))]);

        Assert.Equal((2, 2), (photograph.Picture.Rows, photograph.Picture.Columns));
        Assert.Equal(Rgb, photograph.Picture.Rgb.ToArray());
        Assert.Equal(LengthUnit.Pixel, photograph.Source.Geometry.Unit);
        Assert.False(photograph.Source.HasPatientGeometry);
    }

    [Fact]
    public void Rgb_by_plane_is_interleaved()
    {
        var data = Photo("RGB", 3, [255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30]);
        data.AddOrUpdate(DicomTag.PlanarConfiguration, (ushort)1);

        Assert.Equal(Rgb, Read.Photograph([Write(data)]).Picture.Rgb.ToArray());
    }

    [Fact]
    public void Ybr_becomes_rgb()
    {
        // BT.601 full range: red is 76, 85, 255; grey 77 has no chrominance
        var photograph = Read.Photograph([Write(Photo("YBR_FULL", 3, [76, 85, 255, 77, 128, 128, 77, 128, 128, 77, 128, 128]))]);

        Assert.Equal([254, 0, 0, 77, 77, 77], photograph.Picture.Rgb[..6].ToArray());
    }

    [Fact]
    public void Subsampled_ybr_shares_chrominance_in_pairs()
    {
        var photograph = Read.Photograph([Write(Photo("YBR_FULL_422", 3, [76, 76, 85, 255, 77, 99, 128, 128]))]);

        Assert.Equal([254, 0, 0, 254, 0, 0, 77, 77, 77, 99, 99, 99], photograph.Picture.Rgb.ToArray());
    }

    [Fact]
    public void Palette_colour_goes_through_its_tables()
    {
        var data = Photo("PALETTE COLOR", 1, [0, 1, 2, 1]);
        Add(data, DicomTag.RedPaletteColorLookupTableDescriptor, DicomTag.RedPaletteColorLookupTableData, 0xFFFF, 0, 0x1000);
        Add(data, DicomTag.GreenPaletteColorLookupTableDescriptor, DicomTag.GreenPaletteColorLookupTableData, 0, 0x8000, 0);
        Add(data, DicomTag.BluePaletteColorLookupTableDescriptor, DicomTag.BluePaletteColorLookupTableData, 0, 0, 0x2000);

        var photograph = Read.Photograph([Write(data)]);

        Assert.Equal([255, 0, 0, 0, 128, 0, 16, 0, 32, 0, 128, 0], photograph.Picture.Rgb.ToArray());
    }

    [Fact]
    public void Palette_tables_of_signed_pixels_begin_below_zero()
    {
        var data = Photo("PALETTE COLOR", 1, [0xFE, 0xFF, 0x00, 0x7F]);
        data.AddOrUpdate(DicomTag.PixelRepresentation, (ushort)1);
        foreach (var (descriptor, table) in new[]
        {
            (DicomTag.RedPaletteColorLookupTableDescriptor, DicomTag.RedPaletteColorLookupTableData),
            (DicomTag.GreenPaletteColorLookupTableDescriptor, DicomTag.GreenPaletteColorLookupTableData),
            (DicomTag.BluePaletteColorLookupTableDescriptor, DicomTag.BluePaletteColorLookupTableData),
        })
        {
            data.Add(new DicomSignedShort(descriptor, 3, -2, 16)).Add(new DicomOtherWord(table, 0x1000, 0x2000, 0x3000));
        }

        var photograph = Read.Photograph([Write(data)]);

        Assert.Equal([16, 32, 48, 48], photograph.Picture.Rgb.ToArray().Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void Monochrome1_is_shown_inverted()
    {
        var photograph = Read.Photograph([Write(Photo("MONOCHROME1", 1, [0, 255, 100, 1]))]);

        Assert.Equal([255, 0, 155, 254], photograph.Picture.Rgb.ToArray().Where((_, i) => i % 3 == 0));
    }

    [Fact]
    public void A_colour_capture_with_a_position_is_a_picture_without_patient_geometry()
    {
        var data = Photo("RGB", 3, Rgb);
        data.AddOrUpdate(DicomTag.SOPClassUID, "1.2.840.10008.5.1.4.1.1.7");
        data.Add(DicomTag.ImagePositionPatient, "0", "0", "0").Add(DicomTag.PixelSpacing, "1", "1");
        data.Add(DicomTag.ImageOrientationPatient, "1", "0", "0", "0", "1", "0");

        var photograph = Read.Photograph([Write(data)]);

        Assert.Equal(Rgb, photograph.Picture.Rgb.ToArray());
        Assert.False(photograph.Source.HasPatientGeometry);
    }

    [Fact]
    public void An_unknown_colour_model_is_refused()
    {
        Read.Refusal([Write(Photo("CMYK", 3, Rgb))], RefusalReason.UnsupportedEncoding);
    }

    [Fact]
    public void Several_photographs_in_a_series_are_refused()
    {
        var first = Write(Photo("RGB", 3, Rgb));
        var second = Photo("RGB", 3, Rgb);
        second.AddOrUpdate(DicomTag.SOPInstanceUID, "2.25.99");

        Read.Refusal([first, Write(second, "second.dcm")], RefusalReason.SeveralPhotographs);
    }

    private static DicomDataset Photo(string photometric, ushort samples, byte[] pixels) =>
        new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated().Add(
            new DicomUniqueIdentifier(DicomTag.SOPClassUID, "1.2.840.10008.5.1.4.1.1.77.1.4"),
            new DicomUniqueIdentifier(DicomTag.SOPInstanceUID, "2.25.71"),
            new DicomUniqueIdentifier(DicomTag.StudyInstanceUID, "2.25.72"),
            new DicomUniqueIdentifier(DicomTag.SeriesInstanceUID, "2.25.73"),
            new DicomCodeString(DicomTag.Modality, "XC"),
            new DicomUnsignedShort(DicomTag.SamplesPerPixel, samples),
            new DicomCodeString(DicomTag.PhotometricInterpretation, photometric),
            new DicomUnsignedShort(DicomTag.PlanarConfiguration, 0),
            new DicomUnsignedShort(DicomTag.Rows, 2),
            new DicomUnsignedShort(DicomTag.Columns, 2),
            new DicomUnsignedShort(DicomTag.BitsAllocated, 8),
            new DicomUnsignedShort(DicomTag.BitsStored, 8),
            new DicomUnsignedShort(DicomTag.HighBit, 7),
            new DicomUnsignedShort(DicomTag.PixelRepresentation, 0),
            new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(pixels)));

    private static void Add(DicomDataset data, DicomTag descriptor, DicomTag table, params ushort[] values)
    {
        data.Add(new DicomUnsignedShort(descriptor, (ushort)values.Length, 0, 16));
        data.Add(new DicomOtherWord(table, values));
    }

    private string Write(DicomDataset data, string name = "photo.dcm")
    {
        new DicomFile(data).Save(_folder.File(name));
        return _folder.File(name);
    }
}
