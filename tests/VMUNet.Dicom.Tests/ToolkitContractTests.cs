using System.Globalization;
using System.Text;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests;

/// <summary>What the application expects of the DICOM toolkit, whichever one is built: these tests compile and run
/// against
/// both.</summary>
public sealed class ToolkitContractTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Add_validates_and_reading_does_not()
    {
        var bytes = Saved(new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated()
            .Add(DicomTag.SOPClassUID, DicomUID.CTImageStorage).Add(DicomTag.SOPInstanceUID, "1.2.3")
            .Add(DicomTag.StudyDate, "not a date"));

        Assert.Throws<DicomValidationException>(() => new DicomDataset().Add(DicomTag.StudyDate, "not a date"));
        Assert.Equal("not a date", DicomFile.Open(new MemoryStream(bytes)).Dataset.GetString(DicomTag.StudyDate));
    }

    [Fact]
    public void GetSingleValue_wants_exactly_one()
    {
        var data = new DicomDataset().Add(DicomTag.ImageType, "ORIGINAL", "PRIMARY").Add(DicomTag.PatientName, "");

        Assert.ThrowsAny<DicomException>(() => data.GetSingleValue<string>(DicomTag.ImageType));
        Assert.ThrowsAny<DicomException>(() => data.GetSingleValue<string>(DicomTag.PatientID));
        Assert.Equal("x", data.GetSingleValueOrDefault(DicomTag.PatientID, "x"));
        Assert.False(data.TryGetSingleValue<string>(DicomTag.ImageType, out _));
    }

    [Fact]
    public void GetString_joins_with_backslash_and_TryGetString_says_what_is_missing()
    {
        var data = new DicomDataset().Add(DicomTag.ImageType, "ORIGINAL", "PRIMARY");

        Assert.Equal("ORIGINAL\\PRIMARY", data.GetString(DicomTag.ImageType));
        Assert.False(data.TryGetString(DicomTag.PatientID, out _));
        Assert.Equal(2, data.GetValueCount(DicomTag.ImageType));
    }

    [Fact]
    public void GetString_of_binary_values_is_the_first_and_GetValues_has_all()
    {
        var data = new DicomDataset().Add(DicomTag.DimensionIndexValues, 3u, 1u, 2u)
            .Add(DicomTag.FrameIncrementPointer, DicomTag.SOPClassUID, DicomTag.StudyDate);

        Assert.Equal("3", data.GetString(DicomTag.DimensionIndexValues));
        Assert.Equal([3u, 1u, 2u], data.GetValues<uint>(DicomTag.DimensionIndexValues));
        Assert.Equal(["3", "1", "2"], data.GetValues<string>(DicomTag.DimensionIndexValues));
        Assert.Equal([3u, 1u, 2u], data.GetValues<object>(DicomTag.DimensionIndexValues));
        Assert.Equal("(0008,0016)", data.GetString(DicomTag.FrameIncrementPointer));
        Assert.Equal(["(0008,0016)", "(0008,0020)"], data.GetValues<string>(DicomTag.FrameIncrementPointer));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("en-US")]
    public void The_text_of_any_element_is_all_its_values_in_any_culture(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var data = new DicomDataset().Add(DicomTag.DimensionIndexValues, 3u, 1u)
                .Add(DicomTag.RealWorldValueSlope, 1.5).Add(DicomTag.RecommendedDisplayFrameRateInFloat, 0.1f)
                .Add(DicomTag.ImageType, "ORIGINAL", "PRIMARY").Add(DicomTag.PatientID, "")
                .Add(DicomTag.FrameIncrementPointer, DicomTag.SOPClassUID, DicomTag.StudyDate)
                .Add(new DicomSequence(DicomTag.ReferencedSeriesSequence));

            Assert.Equal("3\\1", data.GetText(DicomTag.DimensionIndexValues));
            Assert.Equal("1.5", data.GetText(DicomTag.RealWorldValueSlope));
            Assert.Equal("0.1", data.GetText(DicomTag.RecommendedDisplayFrameRateInFloat));
            Assert.Equal("ORIGINAL\\PRIMARY", data.GetText(DicomTag.ImageType));
            Assert.Equal("(0008,0016)\\(0008,0020)", data.GetText(DicomTag.FrameIncrementPointer));
            Assert.Equal("", data.GetText(DicomTag.PatientID));
            Assert.Equal("", data.GetText(DicomTag.StudyDate));
            Assert.Equal("", data.GetText(DicomTag.ReferencedSeriesSequence));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_file_of_a_data_set_wants_class_and_instance_and_an_empty_one_takes_them_from_its_meta_header()
    {
        var file = new DicomFile();
        file.FileMetaInfo.TransferSyntax = DicomTransferSyntax.ImplicitVRLittleEndian;
        file.FileMetaInfo.MediaStorageSOPClassUID = DicomUID.Verification;
        file.FileMetaInfo.MediaStorageSOPInstanceUID = DicomUID.Verification;
        file.Dataset.Add(DicomTag.PatientID, "1");
        using var stream = new MemoryStream();
        file.Save(stream);
        stream.Position = 0;

        var read = DicomFile.Open(stream);

        Assert.Equal("1", read.Dataset.GetString(DicomTag.PatientID));
        Assert.Equal(DicomTransferSyntax.ImplicitVRLittleEndian, read.Dataset.InternalTransferSyntax);
        Assert.ThrowsAny<DicomException>(() => new DicomFile(new DicomDataset().Add(DicomTag.PatientID, "1")));
        Assert.ThrowsAny<DicomException>(() => new DicomFile(new DicomDataset().Add(DicomTag.SOPInstanceUID, "1.2")));
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage")]
    [InlineData("1.2.840.10008.5.1.4.1.1.66.7", "Label Map Segmentation Storage")]
    [InlineData("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression")]
    [InlineData("1.2.840.10008.1.2", "Implicit VR Little Endian")]
    [InlineData("1.2.840.10008.1.2.4.51", "JPEG Extended (Process 2 and 4)")]
    [InlineData("2.25.4711", "2.25.4711")]
    public void Identifiers_have_one_name_whatever_the_age_of_the_dictionary(string uid, string name) =>
        Assert.Equal(name, UidNames.Of(uid));

    [Fact]
    public void An_unknown_transfer_syntax_is_parsed_as_encapsulated_and_not_looked_up()
    {
        Assert.True(DicomTransferSyntax.Parse("2.25.4711") is { IsEncapsulated: true, IsExplicitVR: true });
        Assert.Throws<DicomDataException>(() => DicomTransferSyntax.Lookup(DicomUID.Parse("2.25.4711")));
        Assert.Throws<DicomDataException>(() => DicomTransferSyntax.Lookup(DicomUID.CTImageStorage));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("en-US")]
    public void Decimal_strings_become_numbers_in_any_culture(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var data = new DicomDataset().Add(DicomTag.PixelSpacing, "0.75", "1.5").Add(DicomTag.InstanceNumber, "12");

            Assert.Equal([0.75, 1.5], data.GetValues<double>(DicomTag.PixelSpacing));
            Assert.Equal(12, data.GetSingleValue<int>(DicomTag.InstanceNumber));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Add_of_a_present_tag_throws_and_AddOrUpdate_replaces()
    {
        var data = new DicomDataset().Add(DicomTag.PatientID, "1");

        Assert.Throws<ArgumentException>(() => data.Add(DicomTag.PatientID, "2"));
        Assert.Equal("3", data.AddOrUpdate(DicomTag.PatientID, "3").GetString(DicomTag.PatientID));
    }

    [Fact]
    public void Items_come_in_tag_order_and_sequences_hold_data_sets()
    {
        var data = new DicomDataset()
            .Add(DicomTag.PatientID, "1")
            .Add(new DicomSequence(DicomTag.ReferencedSeriesSequence, new DicomDataset().Add(DicomTag.Modality, "CT")))
            .Add(DicomTag.StudyDate, "20261123");

        Assert.Equal([DicomTag.StudyDate, DicomTag.ReferencedSeriesSequence, DicomTag.PatientID],
            data.Select(i => i.Tag));
        Assert.Equal("CT", data.GetSequence(DicomTag.ReferencedSeriesSequence).Items[0].GetString(DicomTag.Modality));
        Assert.False(data.TryGetSequence(DicomTag.ReferencedStudySequence, out _));
    }

    [Fact]
    public void What_is_saved_reads_back_trimmed_and_even_pixels_as_they_are()
    {
        var data = Minimal().Add(DicomTag.PatientID, "ODD").Add(DicomTag.SpecificCharacterSet, "ISO_IR 192")
            .Add(DicomTag.PatientName, "Ångström^Ü")
            .Add(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer([1, 2, 3, 0])));

        var read = DicomFile.Open(new MemoryStream(Saved(data)));

        Assert.False(read.IsPartial);
        Assert.Equal("ODD", read.Dataset.GetString(DicomTag.PatientID));
        Assert.Equal("Ångström^Ü", read.Dataset.GetString(DicomTag.PatientName));
        Assert.Equal([1, 2, 3, 0], read.Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data);
        Assert.Equal(DicomUID.CTImageStorage, read.FileMetaInfo.MediaStorageSOPClassUID);
        Assert.Equal(DicomTransferSyntax.ExplicitVRLittleEndian, read.FileMetaInfo.TransferSyntax);
    }

    [Fact]
    public void Frames_are_cut_out_of_native_pixels()
    {
        var data = Minimal()
            .Add(DicomTag.Rows, (ushort)2).Add(DicomTag.Columns, (ushort)2).Add(DicomTag.NumberOfFrames, 2)
            .Add(DicomTag.BitsAllocated, (ushort)8).Add(DicomTag.BitsStored, (ushort)8).Add(DicomTag.HighBit, (ushort)7)
            .Add(DicomTag.SamplesPerPixel, (ushort)1).Add(DicomTag.PixelRepresentation, (ushort)0)
            .Add(DicomTag.PhotometricInterpretation, "MONOCHROME2")
            .Add(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer([1, 2, 3, 4, 5, 6, 7, 8])));

        var pixels = DicomPixelData.Create(data);

        Assert.Equal(2, pixels.NumberOfFrames);
        Assert.Equal([5, 6, 7, 8], pixels.GetFrame(1).Data);
    }

    [Fact]
    public void A_file_that_is_none_is_refused_with_its_exception()
    {
        File.WriteAllText(_folder.File("none.dcm"), new string('x', 500));

        Assert.False(DicomFile.HasValidHeader(_folder.File("none.dcm")));
        Assert.ThrowsAny<DicomException>(() => DicomFile.Open(_folder.File("none.dcm")));
        Assert.ThrowsAny<DicomException>(() => DicomFile.Open(new MemoryStream(Encoding.ASCII.GetBytes("x"))));
    }

    private static DicomDataset Minimal() => new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        .Add(DicomTag.SOPClassUID, DicomUID.CTImageStorage).Add(DicomTag.SOPInstanceUID, "1.2.3");

    private static byte[] Saved(DicomDataset data)
    {
        using var stream = new MemoryStream();
        new DicomFile(data).Save(stream);
        return stream.ToArray();
    }
}
