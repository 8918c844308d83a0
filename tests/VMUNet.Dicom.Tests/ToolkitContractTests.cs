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
    public void What_is_saved_reads_back_trimmed_and_with_even_pixels()
    {
        var data = Minimal().Add(DicomTag.PatientID, "ODD").Add(DicomTag.SpecificCharacterSet, "ISO_IR 192")
            .Add(DicomTag.PatientName, "Ångström^Ü")
            .Add(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer([1, 2, 3])));

        var read = DicomFile.Open(new MemoryStream(Saved(data)));

        Assert.False(read.IsPartial);
        Assert.Equal("ODD", read.Dataset.GetString(DicomTag.PatientID));
        Assert.Equal("Ångström^Ü", read.Dataset.GetString(DicomTag.PatientName));
        Assert.Equal(4, read.Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Size);
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
