using System.Text;
using VMUNet.DicomToolkit.IO.Writer;

namespace VMUNet.DicomToolkit.Tests;

public sealed class DicomFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    public static TheoryData<string, bool> Layouts => new()
    {
        { DicomTransferSyntax.ImplicitVRLittleEndian.UID.UID, false },
        { DicomTransferSyntax.ImplicitVRLittleEndian.UID.UID, true },
        { DicomTransferSyntax.ExplicitVRLittleEndian.UID.UID, false },
        { DicomTransferSyntax.ExplicitVRLittleEndian.UID.UID, true },
        { DicomTransferSyntax.ExplicitVRBigEndian.UID.UID, false },
        { DicomTransferSyntax.DeflatedExplicitVRLittleEndian.UID.UID, false },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void What_is_written_reads_back_the_same(string syntax, bool explicitLengths)
    {
        var dataset = Sample(DicomTransferSyntax.Parse(syntax));
        var path = Path.Combine(_folder, "a.dcm");
        var options = new DicomWriteOptions
        {
            ExplicitLengthSequences = explicitLengths,
            ExplicitLengthSequenceItems = explicitLengths,
        };

        new DicomFile(dataset).Save(path, options);
        var file = DicomFile.Open(path);

        Assert.False(file.IsPartial);
        Assert.Equal(syntax, file.FileMetaInfo.TransferSyntax.UID.UID);
        Assert.Equal(DicomUID.CTImageStorage, file.FileMetaInfo.MediaStorageSOPClassUID);
        Assert.Equal(Describe(dataset), Describe(file.Dataset));
        Assert.Equal(0, new FileInfo(path).Length % 2);
    }

    [Fact]
    public void A_data_set_with_elements_of_the_meta_group_is_not_written()
    {
        var dataset = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            { DicomTag.SOPClassUID, DicomUID.CTImageStorage },
            { DicomTag.SOPInstanceUID, "1.2.3" },
        };
        dataset.NotValidated().Add(DicomTag.ImplementationVersionName, "STRAY");

        var e = Assert.Throws<DicomDataException>(() => new DicomFile(dataset).Save(new MemoryStream()));

        Assert.Contains("(0002,0013)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Group_lengths_are_dropped_and_odd_values_padded()
    {
        var dataset = Sample(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated();
        dataset.Add(DicomVR.UL, new DicomTag(0x0008, 0), 1234u).Add(DicomTag.Manufacturer, "odd");
        dataset.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, 1, 2, 3));
        using var stream = new MemoryStream();

        new DicomFile(dataset).Save(stream);
        stream.Position = 0;
        var read = DicomFile.Open(stream).Dataset;

        Assert.False(read.Contains(new DicomTag(0x0008, 0)));
        Assert.Equal([1, 2, 3, 0], read.GetValues<byte>(DicomTag.PixelData));
        Assert.Equal("odd", read.GetString(DicomTag.Manufacturer));
        Assert.Equal(4u, read.GetDicomItem<DicomElement>(DicomTag.Manufacturer)!.Length);
    }

    [Fact]
    public void A_cut_file_is_partial_and_keeps_what_came_before()
    {
        using var stream = new MemoryStream();
        new DicomFile(Sample(DicomTransferSyntax.ExplicitVRLittleEndian)).Save(stream);
        var bytes = stream.ToArray();

        for (var length = 400; length < bytes.Length; length += 7)
        {
            var file = DicomFile.Open(new MemoryStream(bytes, 0, length));
            var again = new MemoryStream();
            file.Save(again);
            Assert.True(file.IsPartial
                || again.Length == length, $"cut at {length} of {bytes.Length}, inside an element");
            Assert.True(file.FileMetaInfo.Contains(DicomTag.MediaStorageSOPClassUID));
        }
    }

    [Fact]
    public void What_is_not_dicom_is_refused()
    {
        var e = Assert.Throws<DicomFileException>(() =>
            DicomFile.Open(new MemoryStream(Encoding.ASCII.GetBytes("{\"a\": 1} and so on"))));

        Assert.Contains("Not a DICOM file", e.Message, StringComparison.Ordinal);
        Assert.Throws<DicomFileException>(() => DicomFile.Open(new MemoryStream()));
    }

    [Fact]
    public void A_reader_stops_where_it_is_told_to()
    {
        using var stream = new MemoryStream();
        new DicomFile(Sample(DicomTransferSyntax.ExplicitVRLittleEndian)).Save(stream);
        stream.Position = 0;

        var file = DicomFile.Open(stream, Encoding.ASCII, s => s.SequenceDepth == 0 && s.Tag == DicomTag.PixelData);

        Assert.True(file.IsPartial);
        Assert.True(file.Dataset.Contains(DicomTag.Rows));
        Assert.False(file.Dataset.Contains(DicomTag.PixelData));
    }

    [Fact]
    public void Large_values_stay_in_the_file_unless_told_otherwise()
    {
        var dataset = Sample(DicomTransferSyntax.ExplicitVRLittleEndian);
        var pixels = new ushort[200_000];
        pixels[^1] = 4711;
        dataset.AddOrUpdate(new DicomOtherWord(DicomTag.PixelData, pixels));
        var path = Path.Combine(_folder, "large.dcm");
        new DicomFile(dataset).Save(path);

        var lazy = DicomFile.Open(path).Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!;
        var eager = DicomFile.Open(path,
            FileReadOption.ReadAll).Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!;
        var skipped = DicomFile.Open(path, FileReadOption.SkipLargeTags);

        Assert.False(lazy.Buffer.IsMemory);
        Assert.True(eager.Buffer.IsMemory);
        Assert.Equal(4711, lazy.Get<ushort>(199_999));
        Assert.Equal(lazy.Get<ushort[]>(), eager.Get<ushort[]>());
        Assert.False(skipped.Dataset.Contains(DicomTag.PixelData));
        Assert.False(skipped.IsPartial);
        Assert.True(skipped.Dataset.Contains(DicomTag.Rows));
    }

    [Fact]
    public void A_file_may_be_saved_over_itself()
    {
        var dataset = Sample(DicomTransferSyntax.ExplicitVRLittleEndian);
        dataset.AddOrUpdate(new DicomOtherWord(DicomTag.PixelData,
            [.. Enumerable.Range(0, 60_000).Select(i => (ushort)i)]));
        var path = Path.Combine(_folder, "self.dcm");
        new DicomFile(dataset).Save(path);

        var file = DicomFile.Open(path);
        file.Dataset.AddOrUpdate(DicomTag.SeriesDescription,
            "a longer text than before, so that all that follows moves");
        file.Save(path);

        Assert.Equal(dataset.GetValues<ushort>(DicomTag.PixelData), file.Dataset.GetValues<ushort>(DicomTag.PixelData));
        Assert.Equal(dataset.GetValues<ushort>(DicomTag.PixelData),
            DicomFile.Open(path).Dataset.GetValues<ushort>(DicomTag.PixelData));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_stream_that_cannot_be_sought_in_is_read()
    {
        using var stream = new MemoryStream();
        var dataset = Sample(DicomTransferSyntax.DeflatedExplicitVRLittleEndian);
        var random = new Random(1);
        dataset.AddOrUpdate(new DicomOtherWord(DicomTag.PixelData,
            [.. Enumerable.Range(0, 17_000_000).Select(_ => (ushort)random.Next(4))]));
        new DicomFile(dataset).Save(stream);
        stream.Position = 0;
        using var forward = new System.IO.Compression.BrotliStream(Packed(stream),
            System.IO.Compression.CompressionMode.Decompress);

        var file = DicomFile.Open(forward);

        var pixels = file.Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!;
        Assert.False(file.IsPartial);
        Assert.False(pixels.Buffer.IsMemory);
        Assert.True(dataset.GetValues<ushort>(DicomTag.PixelData).AsSpan().SequenceEqual(pixels.Get<ushort[]>()));
    }

    [Fact]
    public void A_save_that_fails_leaves_no_file()
    {
        var file = new DicomFile();
        file.Dataset.Add(DicomTag.Modality, "CT");

        Assert.Throws<DicomDataException>(() => file.Save(Path.Combine(_folder, "never.dcm")));

        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Fragments_are_kept_as_they_are()
    {
        var path = Path.Combine(SharedFiles.Folder("data/dicom-transfer-syntaxes"), "enhanced_mr/emri_small_RLE.dcm");
        var file = DicomFile.Open(path);
        using var stream = new MemoryStream();

        file.Save(stream);
        stream.Position = 0;
        var again = DicomFile.Open(stream);

        var before = file.Dataset.GetDicomItem<DicomFragmentSequence>(DicomTag.PixelData)!;
        var after = again.Dataset.GetDicomItem<DicomFragmentSequence>(DicomTag.PixelData)!;
        Assert.Equal(before.OffsetTable, after.OffsetTable);
        Assert.Equal(before.Fragments.Select(f => f.Data), after.Fragments.Select(f => f.Data));
        Assert.Throws<DicomDataException>(() =>
        {
            again.FileMetaInfo.TransferSyntax = DicomTransferSyntax.ExplicitVRLittleEndian;
            again.Save(Stream.Null);
        });
    }

    [Fact]
    public void Real_files_survive_a_round_trip_through_each_layout()
    {
        var folder = SharedFiles.Folder("data");
        var files = new[] { "seg-samples", "dicom-geometry", "abdomen-mr-chaos" }.Select(f => Path.Combine(folder, f))
            .SelectMany(f => Directory.GetFiles(f, "*.dcm", SearchOption.AllDirectories).Order().Take(12)).ToArray();
        foreach (var source in files.Select(f => DicomFile.Open(f)))
        {
            foreach (var syntax in new[] { DicomTransferSyntax.ImplicitVRLittleEndian,
                DicomTransferSyntax.ExplicitVRBigEndian,
                DicomTransferSyntax.ExplicitVRLittleEndian })
            {
                using var stream = new MemoryStream();
                source.FileMetaInfo.TransferSyntax = syntax;
                source.Save(stream);
                stream.Position = 0;
                Assert.Equal(Describe(source.Dataset, syntax.IsExplicitVR),
                    Describe(DicomFile.Open(stream).Dataset, syntax.IsExplicitVR));
            }
        }

        Assert.True(files.Length > 10);
    }

    [Fact]
    public void Only_private_elements_that_are_read_have_an_owner()
    {
        var dataset = Sample(DicomTransferSyntax.ExplicitVRLittleEndian).Add(DicomTag.RescaleIntercept, -1024m);
        using var stream = new MemoryStream();
        new DicomFile(dataset).Save(stream);
        stream.Position = 0;

        var read = DicomFile.Open(stream).Dataset;

        // Rows (0028,0010) stands where the owner of a private (gggg,10xx) would.
        Assert.Equal(DicomTag.RescaleIntercept, read.GetDicomItem<DicomItem>(DicomTag.RescaleIntercept)!.Tag);
        Assert.Contains(read, i => i.Tag == new DicomTag(0x0099, 0x1001, "OWNER"));
    }

    [Fact]
    public void An_icon_of_native_pixels_may_lie_in_a_compressed_object()
    {
        var icon = new DicomDataset().Add(DicomTag.Rows, (ushort)1).Add(DicomTag.Columns, (ushort)2)
            .Add(new DicomOtherByte(DicomTag.PixelData, 1, 2));
        var dataset = Sample(DicomTransferSyntax.RLELossless);
        dataset.Remove(DicomTag.PixelData).Add(DicomTag.IconImageSequence, icon);
        dataset.Add(new DicomOtherByteFragment(DicomTag.PixelData));
        using var stream = new MemoryStream();

        new DicomFile(dataset).Save(stream);
        stream.Position = 0;
        var read = DicomFile.Open(stream).Dataset;

        Assert.Equal([1, 2], read.GetSequence(DicomTag.IconImageSequence).Items[0].GetValues<byte>(DicomTag.PixelData));
    }

    internal static DicomDataset Sample(DicomTransferSyntax syntax)
    {
        var inner = new DicomDataset().Add(DicomTag.CodeValue, "10200004").Add(DicomTag.CodingSchemeDesignator, "SCT")
            .Add(DicomTag.CodeMeaning, "Liver");
        var outer = new DicomDataset().Add(DicomTag.ConceptNameCodeSequence, inner, new DicomDataset());
        return new DicomDataset(syntax).Add(DicomTag.SOPClassUID, DicomUID.CTImageStorage)
            .Add(DicomTag.SOPInstanceUID, "1.2.3.4").Add(DicomTag.ImageType, "DERIVED",
                "PRIMARY").Add(DicomTag.PatientName, "A^B")
            .Add(DicomTag.PixelSpacing, 0.5m, 0.75m).Add(DicomTag.Rows, (ushort)2).Add(DicomTag.Columns, (ushort)3)
            .Add(DicomTag.FrameIncrementPointer, DicomTag.ImagePositionPatient).Add(DicomTag.RealWorldValueSlope, 1.5)
            .Add(DicomTag.ContentSequence, outer, outer.Clone()).Add(DicomTag.ReferencedSeriesSequence,
                Array.Empty<DicomDataset>())
            .Add(DicomVR.FL, new DicomTag(0x0099, 1, "OWNER"), 2.5f)
            .Add(new DicomOtherWord(DicomTag.PixelData, 1, 2, 3, 4, 5, 65535));
    }

    /// <summary>Tags, representations (where stated) and bytes, as lines.</summary>
    internal static string Describe(DicomDataset dataset, bool withVr = false)
    {
        var text = new StringBuilder();
        foreach (var item in dataset.Where(i => i.Tag.Element != 0))
        {
            text.Append(item.Tag.ToString("J", null)).Append(withVr ? item.ValueRepresentation.Code : "");
            text.AppendLine(item switch
            {
                DicomSequence s => $"[{string.Concat(s.Items.Select(i => $"{{{Describe(i, withVr)}}}"))}]",
                DicomElement e => Convert.ToHexString(Even(e.Buffer.Data)),
                _ => "",
            });
        }

        return text.ToString();
    }

    private static MemoryStream Packed(Stream stream)
    {
        var packed = new MemoryStream();
        using (var brotli = new System.IO.Compression.BrotliStream(packed,
            System.IO.Compression.CompressionLevel.Fastest, true))
        {
            stream.CopyTo(brotli);
        }

        packed.Position = 0;
        return packed;
    }

    private static byte[] Even(byte[] bytes) => bytes.Length % 2 == 0 ? bytes : [.. bytes, 0];
}
