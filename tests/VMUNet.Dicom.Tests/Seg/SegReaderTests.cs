using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class SegReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_cropped_seg_is_pasted_where_it_lies()
    {
        var whole = Source(new SyntheticSeries());
        // rows 2..4 and columns 1..3 of slices 1..2
        var part = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.77",
            Rows = 3,
            Columns = 3,
            Positions = SyntheticSeries.Along([0, 0, 2.5], 2, [0 + 0.5, -10 + 2 * 0.75, -20 + 2.5]),
        });

        var labels = Read.Seg(Write(part, (z, y, x) => (byte)(1 + (z + y + x) % 8)), whole, Organs.Eight).Map;

        for (var z = 0; z < 4; z++)
        {
            for (var y = 0; y < 6; y++)
            {
                for (var x = 0; x < 5; x++)
                {
                    var isInside = z is 1 or 2 && y is >= 2 and <= 4 && x is >= 1 and <= 3;
                    Assert.Equal(isInside ? 1 + (z - 1 + y - 2 + x - 1) % 8 : 0, labels.Slice(z)[y * 5 + x]);
                }
            }
        }
    }

    [Fact]
    public void A_seg_with_flipped_and_exchanged_axes_is_turned_onto_the_source()
    {
        var source = Source(new SyntheticSeries());
        // rows run to anterior, columns to the right: row r of the flipped grid is column 4-r of the source
        var flipped = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.78",
            Rows = 5,
            Columns = 6,
            Spacing = [0.5, 0.75],
            Orientation = [0, -1, 0, -1, 0, 0],
            Positions = SyntheticSeries.Along([0, 0, 2.5], 4, [4 * 0.5, -10 + 5 * 0.75, -20]),
        });
        static byte Value(int z, int y, int x) => (byte)((7 * z + 3 * y + x) % 9);

        // flipped (r, c) lies at source row 5-c, column 4-r; the stack runs the other way
        var isReversed = flipped.Geometry.SliceStep.Z < 0;
        var labels = Read.Seg(Write(flipped, (z, r, c) => Value(isReversed ? 3 - z : z, 5 - c, 4 - r)), source, Organs.Eight).Map;

        for (var i = 0; i < labels.Labels.Length; i++)
        {
            Assert.Equal(Value(i / 30, i / 5 % 6, i % 5), labels.Labels[i]);
        }
    }

    [Theory]
    [InlineData(0.0, 0.0, 1.0)]
    [InlineData(0.25, 0.0, 0.0)]
    public void A_seg_between_slices_or_pixels_is_refused(double x, double y, double z)
    {
        var source = Source(new SyntheticSeries());
        var moved = Source(new SyntheticSeries
        {
            SeriesUid = "2.25.79",
            Positions = SyntheticSeries.Along([0, 0, 2.5], 4, [x, -10 + y, -20 + z]),
        });

        Refusal(Write(moved, (_, _, _) => 5), source, RefusalReason.OffGrid);
    }

    [Fact]
    public void A_seg_that_reaches_beyond_the_source_is_refused()
    {
        var source = Source(new SyntheticSeries());
        var larger = Source(new SyntheticSeries { SeriesUid = "2.25.80", Rows = 7 });

        Refusal(Write(larger, (_, _, _) => 5), source, RefusalReason.OffGrid);
        Assert.IsType<SegContent.Labels>(
            SegReader.Read(Write(larger, (_, y, _) => (byte)(y < 6 ? 5 : 0)), source, Organs.Eight));
    }

    [Fact]
    public void A_seg_of_another_study_or_frame_of_reference_is_refused()
    {
        var source = Source(new SyntheticSeries());
        var study = Source(new SyntheticSeries { SeriesUid = "2.25.81", StudyUid = "2.25.9001" });
        var space = Source(new SyntheticSeries { SeriesUid = "2.25.82", FrameOfReferenceUid = "2.25.9003" });

        Assert.Contains("2.25.9001", Refusal(Write(study, (_, _, _) => 5), source, RefusalReason.OtherStudy), StringComparison.Ordinal);
        Refusal(Write(space, (_, _, _) => 5), source, RefusalReason.OtherFrameOfReference);
    }

    [Fact]
    public void A_segment_that_is_no_organ_asked_for_is_refused_by_name()
    {
        var source = Source(new SyntheticSeries());
        var file = Write(source, (_, _, _) => 7);

        var detail = Refusal(file, source, RefusalReason.UnknownOrgan, [Organs.Eight[4]]);

        Assert.Contains("'Spleen', code 78961009", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Organs_are_matched_by_code_and_side_whatever_number_and_name_they_have()
    {
        var source = Source(new SyntheticSeries());
        OrganLabel[] theirs =
        [
            Organs.Make(9, "nier-rechts", "64033007", "Kidney", default, Organs.Right),
            Organs.Make(12, "nier-links", "64033007", "Kidney", default, Organs.Left),
        ];
        var file = Write(source, (_, y, _) => (byte)(y < 3 ? 9 : 12), theirs);

        var read = Read.Seg(file, source, Organs.Eight);

        Assert.Equal(["left-kidney", "right-kidney"], read.Found.Select(o => o.Name));
        Assert.Equal((4, 3), (read.Map.Labels[0], read.Map.Labels[29]));
    }

    [Theory]
    [InlineData("T-62000", "SRT", null, "x", "liver")]
    [InlineData("T-71000", "SRT", "G-A101", "x", "left-kidney")]
    [InlineData("18639004", "SCT", null, "x", "left-kidney")]
    [InlineData("64033007", "SCT", null, "Kidney right", "right-kidney")]
    [InlineData("85756007", "SCT", null, "SPLEEN", "spleen")]
    [InlineData("64033007", "SCT", null, "Kidney", null)]
    [InlineData("10200004", "99OURS", null, "lobe", null)]
    public void Codes_of_older_and_other_tools_are_understood(
        string code, string scheme, string? side, string label, string? organ)
    {
        var modifier = side is null ? null : new CodedConcept(side, "SRT", "");

        Assert.Equal(organ, Terminology.Match(new CodedConcept(code, scheme, ""), modifier, label, Organs.Eight)?.Name);
    }

    [Fact]
    public void Where_segments_overlap_the_earlier_organ_wins_and_it_is_noted()
    {
        var source = Source(new SyntheticSeries { Positions = [[0, 0, 0]] });
        var file = Write(source, (_, y, _) => (byte)(y < 3 ? 7 : 5));
        var seg = DicomFile.Open(file, FileReadOption.ReadAll);
        // liver is segment 1 with rows 3 to 5; make it cover everything: 30 bits of frame 1
        var bits = seg.Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data.ToArray();
        (bits[0], bits[1], bits[2], bits[3]) = (255, 255, 255, (byte)(bits[3] | 0x3F));
        seg.Dataset.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(bits)));
        seg.Save(file);

        var read = Read.Seg(file, source, Organs.Eight);

        Assert.Equal(30, read.Map.Labels.ToArray().Count(l => l == 5));
        Assert.Contains("15 voxels lie in more than one segment", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Pixel_data_of_a_wrong_length_is_refused()
    {
        var source = Source(new SyntheticSeries());
        var file = Write(source, (_, _, _) => 5);
        var seg = DicomFile.Open(file, FileReadOption.ReadAll);
        seg.Dataset.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(new byte[14])));
        seg.Save(file);

        Refusal(file, source, RefusalReason.Damaged);
    }

    [Fact]
    public void A_run_length_coded_seg_is_read_frame_by_frame()
    {
        var source = Source(new SyntheticSeries());
        var file = Write(source, (z, y, x) => (byte)(1 + (3 * z + 2 * y + x) % 8));
        var plain = DicomFile.Open(file, FileReadOption.ReadAll).Dataset;
        var coded = new DicomDataset(DicomTransferSyntax.RLELossless).NotValidated();
        coded.Add(plain.Where(item => item.Tag != DicomTag.PixelData).ToArray());
        coded.Add(RunLengthCoded(plain, pixels: 6 * 5));
        new DicomFile(coded).Save(_folder.File("coded.dcm"));

        var (expected, actual) = (Read.Seg(file, source, Organs.Eight), Read.Seg(_folder.File("coded.dcm"), source, Organs.Eight));

        Assert.Equal(expected.Map.Labels.ToArray(), actual.Map.Labels.ToArray());
    }

    [Fact]
    public void A_compressed_seg_of_others_has_the_pixels_of_its_original()
    {
        var hasJpeg2000 = DecodableTransferSyntaxes.ForFiles.Contains("1.2.840.10008.1.2.4.90");
        string[] files = ["liver.dcm", "liver_rle.dcm", .. hasJpeg2000 ? (string[])["liver_j2k.dcm"] : []];
        var frames = files.Select(name => SegFrames.Of(
            DicomFile.Open(SharedFolder.Need("data", "dicom-transfer-syntaxes", "seg_liver", name)).Dataset)).ToList();

        for (var frame = 0; frame < 3; frame++)
        {
            Assert.All(frames.Skip(1), other => Assert.Equal(Indices(frames[0], frame), Indices(other, frame)));
        }
        Assert.NotEmpty(Indices(frames[0], 1));
    }

    [Fact]
    public void A_seg_in_an_encoding_without_a_decoder_is_refused_by_name()
    {
        var file = SharedFolder.Need("data", "dicom-transfer-syntaxes", "seg_liver", "liver_deflate.dcm");

        var refusal = Assert.Throws<RefusalException>(() => SegFrames.Of(DicomFile.Open(file).Dataset));

        Assert.Equal(RefusalReason.UnsupportedEncoding, refusal.Reason);
        Assert.Contains("Deflated Image Frame", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_of_any_meaning_are_read_by_their_numbers()
    {
        var source = Source(new SyntheticSeries());
        var file = Write(source, (z, y, _) => (byte)(z == 1 ? 7 : y == 2 ? 5 : 0));
        var seg = DicomFile.Open(file, FileReadOption.ReadAll);
        foreach (var segment in seg.Dataset.GetSequence(DicomTag.SegmentSequence))
        {
            segment.AddOrUpdate(DicomTag.SegmentLabel, "Nodule");
            segment.GetSequence(DicomTag.SegmentedPropertyTypeCodeSequence).Items[0].AddOrUpdate(DicomTag.CodeValue, "27925004");
        }
        seg.Save(file);

        var labels = Assert.IsType<SegContent.Labels>(SegReader.ReadSegments(file, source));

        Assert.Equal([1, 2], labels.Found.Select(o => (int)o.Value));
        Assert.True(labels.Map.Slice(1).IndexOfAnyExcept((byte)2) < 0);
        Assert.Equal(3 * 5, labels.Map.Labels.Count((byte)1));
    }

    [Fact]
    public void What_is_no_seg_is_refused()
    {
        var source = Source(new SyntheticSeries());
        File.WriteAllText(_folder.File("text"), "x");

        Refusal(_folder.File("text"), source, RefusalReason.NotDicom);
        Refusal(source.Frames[0].Path, source, RefusalReason.UnsupportedObject);
    }

    /// <summary>Frames whose bits run on, as one literal RLE segment each: frames end on whole bytes.</summary>
    private static DicomOtherByteFragment RunLengthCoded(DicomDataset plain, int pixels)
    {
        var bits = plain.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data;
        var fragments = new DicomOtherByteFragment(DicomTag.PixelData);
        for (var frame = 0; frame < plain.GetSingleValue<int>(DicomTag.NumberOfFrames); frame++)
        {
            // header of 16 words: one segment, which starts behind it; then a count and that many literal bytes
            var coded = new byte[64 + 1 + (pixels + 7) / 8];
            (coded[0], coded[4], coded[64]) = (1, 64, (byte)(coded.Length - 66));
            for (var i = 0; i < pixels; i++)
            {
                var bit = frame * pixels + i;
                coded[65 + i / 8] |= (byte)((bits[bit / 8] >> bit % 8 & 1) << i % 8);
            }
            fragments.Fragments.Add(new MemoryByteBuffer([.. coded, .. new byte[coded.Length % 2]]));
        }
        return fragments;
    }

    private static List<int> Indices(SegFrames frames, int frame)
    {
        var indices = new List<int>();
        for (var pixels = frames.Labelled(frame); pixels.MoveNext();)
        {
            indices.Add(pixels.Index);
        }
        return indices;
    }

    private static string Refusal(
        string file, SourceSeries source, RefusalReason reason, IReadOnlyList<OrganLabel>? organs = null)
    {
        var refused = Assert.IsType<SegContent.Refused>(SegReader.Read(file, source, organs ?? Organs.Eight));
        Assert.Equal(reason, refused.Reason);
        return refused.Detail;
    }

    private SourceSeries Source(SyntheticSeries series) => Read.Volume(series.Write(_folder.File(series.SeriesUid))).Source;

    private string Write(SourceSeries source, Func<int, int, int, byte> label, IReadOnlyList<OrganLabel>? organs = null)
    {
        var grid = source.Geometry;
        var labels = new byte[grid.VoxelCount];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = label(i / (grid.Rows * grid.Columns), i / grid.Columns % grid.Rows, i % grid.Columns);
        }
        var written = Assert.IsType<SegResult.Written>(
            SegWriter.Write(source, new LabelMap(grid, labels), organs ?? Organs.Eight, Organs.Model));
        var path = _folder.File(written.SopInstanceUid);
        written.Save(path);
        return path;
    }
}
