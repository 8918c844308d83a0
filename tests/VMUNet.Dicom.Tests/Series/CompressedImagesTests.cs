using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Series;

/// <summary>JPEG images against the decoder of another toolkit: tests/goldens/dicom-jpeg and, where it is there, a large
/// public set.</summary>
public sealed class CompressedImagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ct-lossless-first-order", 0)]
    [InlineData("ct-lossless", 0)]
    [InlineData("ct-extended-12", 1)]
    [InlineData("ct-baseline", 8.03)]
    public void A_jpeg_ct_is_read_in_physical_units(string name, double tolerance)
    {
        var coded = Read.Volume([Golden(name)]).Volume;
        var decoded = Read.Volume([Golden(name + ".decoded")]).Volume;

        Assert.Equal(decoded.Geometry.Spacing, coded.Geometry.Spacing);
        Assert.Equal(-1024, coded.Voxels[0], 60.0);
        Assert.Equal(15, coded.Slice(0)[13 * 30 + 15], 25.0);
        for (var i = 0; i < coded.Voxels.Length; i++)
        {
            Assert.Equal(decoded.Voxels[i], coded.Voxels[i], tolerance);
        }
    }

    [Theory]
    [InlineData("photograph-baseline-422", 12, 1)]
    [InlineData("photograph-baseline-420", 12, 1)]
    [InlineData("photograph-baseline-444", 2, 0.5)]
    [InlineData("photograph-baseline-rgb", 2, 0.5)]
    [InlineData("photograph-lossless-rgb", 0, 0)]
    public void A_jpeg_photograph_becomes_rgb(string name, int most, double mean)
    {
        var coded = Read.Photograph([Golden(name)]).Picture;
        var decoded = Read.Photograph([Golden(name + ".decoded")]).Picture;

        Assert.Equal((33, 46), (coded.Rows, coded.Columns));
        AssertNear(decoded.Rgb, coded.Rgb, most, mean);
    }

    [Theory]
    [InlineData("photograph-baseline-420", "RGB")]
    [InlineData("photograph-baseline-422", "YBR_FULL")]
    [InlineData("photograph-baseline-444", "RGB")]
    [InlineData("photograph-baseline-rgb", "YBR_FULL_422")]
    [InlineData("photograph-baseline-rgb", "YBR_FULL")]
    public void The_frame_knows_its_colours_better_than_the_attribute(string name, string photometric)
    {
        var wrong = Changed(name, data => data.AddOrUpdate(DicomTag.PhotometricInterpretation, photometric));

        var pictures = (Right: Read.Photograph([Golden(name)]).Picture, Wrong: Read.Photograph([wrong]).Picture);

        Assert.Equal(pictures.Right.Rgb.ToArray(), pictures.Wrong.Rgb.ToArray());
    }

    [Fact]
    public void A_frame_that_names_no_colours_is_taken_at_the_attributes_word()
    {
        var file = Changed("photograph-lossless-rgb",
            data => data.AddOrUpdate(DicomTag.PhotometricInterpretation, "YBR_FULL"));

        var picture = Read.Photograph([file]).Picture;

        Assert.NotEqual(Read.Photograph([Golden("photograph-lossless-rgb")]).Picture.Rgb.ToArray(), picture.Rgb.ToArray());
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.4.53", "JPEG Spectral Selection")]
    [InlineData("1.2.840.10008.1.2.4.55", "JPEG Full Progression")]
    [InlineData("1.2.840.10008.1.2.4.92", "JPEG 2000 Part 2")]
    public void An_encoding_without_a_decoder_is_refused_by_name(string syntax, string name)
    {
        foreach (var golden in new[] { "photograph-baseline-422", "ct-baseline" })
        {
            var bytes = File.ReadAllBytes(Golden(golden));
            var at = bytes.AsSpan().IndexOf("1.2.840.10008.1.2.4.50"u8);
            System.Text.Encoding.ASCII.GetBytes(syntax).CopyTo(bytes, at);
            File.WriteAllBytes(_folder.File("other.dcm"), bytes);

            var detail = Read.Refusal([_folder.File("other.dcm")], RefusalReason.UnsupportedEncoding);

            Assert.Contains(name, detail, StringComparison.Ordinal);
            Assert.Contains(syntax, detail, StringComparison.Ordinal);
            Assert.Contains("expected", detail, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.4.100", "MPEG2")]
    [InlineData("1.2.840.10008.1.2.4.108", "HEVC")]
    [InlineData("2.25.4711", "2.25.4711")]
    public void Moving_pictures_and_encodings_never_heard_of_are_refused_by_name(string syntax, string name)
    {
        var refusal = Assert.Throws<RefusalException>(() => DecodableTransferSyntaxes.Demand(
            DicomTransferSyntax.Parse(syntax), "Instance 2.25.1"));

        Assert.Equal(RefusalReason.UnsupportedEncoding, refusal.Reason);
        Assert.StartsWith("Instance 2.25.1 is encoded as", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_frame_is_refused_as_damaged()
    {
        var file = Changed("ct-lossless", data =>
        {
            var frame = DicomPixelData.Create(data).GetFrame(0).Data;
            var half = new DicomOtherByteFragment(DicomTag.PixelData);
            half.Fragments.Add(new MemoryByteBuffer(frame[..(frame.Length / 4 * 2)]));
            data.AddOrUpdate(half);
        });

        Assert.Contains("frame 1", Read.Refusal([file], RefusalReason.Damaged), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_encodings_of_the_same_pixels_have_one_digest()
    {
        var digests = new[] { "ct-lossless", "ct-lossless-first-order", "ct-lossless.decoded" }
            .Select(name => Read.Volume([Golden(name)]).Source.PixelDigest);

        Assert.Single(digests.Distinct());
    }

    [Fact]
    public void A_seg_of_a_lossy_image_says_so_even_where_the_image_does_not()
    {
        var file = Changed("photograph-baseline-420", data => data.Remove(DicomTag.LossyImageCompression,
            DicomTag.LossyImageCompressionRatio, DicomTag.LossyImageCompressionMethod));
        var source = Read.Photograph([file]).Source;
        var labels = new byte[33 * 46];
        labels[50] = 1;

        var written = Assert.IsType<SegResult.Written>(SegWriter.Write(source,
            new VMUNet.Imaging.LabelMap(source.Geometry, labels), Organs.Eight, Organs.Model));

        var data = written.File.Dataset;
        Assert.Equal("01", data.GetString(DicomTag.LossyImageCompression));
        Assert.Equal("ISO_10918_1", data.GetString(DicomTag.LossyImageCompressionMethod));
        Assert.InRange(data.GetSingleValue<decimal>(DicomTag.LossyImageCompressionRatio), 3, 12);
    }

    [Fact]
    public void A_network_list_is_plain_first_default_last_and_without_what_only_files_may_have()
    {
        Assert.Equal("1.2.840.10008.1.2.1", DecodableTransferSyntaxes.ForNetwork[0]);
        Assert.Equal("1.2.840.10008.1.2", DecodableTransferSyntaxes.ForNetwork[^1]);
        Assert.Equal(["1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"],
            DecodableTransferSyntaxes.ForFiles.Except(DecodableTransferSyntaxes.ForNetwork));
        Assert.Contains("1.2.840.10008.1.2.4.50", DecodableTransferSyntaxes.ForNetwork);
    }

    [Theory]
    [InlineData("ct_one_image/jpeg_lossless_sv1.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("ct_one_image/jpeg_lossless_p14.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("wg04_ct1/CT1_JPLL.dcm", "wg04_ct1/CT1_UNC.dcm")]
    [InlineData("wg04_mr4/MR4_JPLL.dcm", "wg04_mr4/MR4_UNC.dcm")]
    [InlineData("ct_one_image/jpegls_lossless.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("ct_one_image/j2k_lossless.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("ct_one_image/deflated.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("ct_one_image/explicit_be.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("ct_one_image/implicit_le.dcm", "ct_one_image/explicit_le.dcm")]
    [InlineData("wg04_mr4/MR4_JLSL.dcm", "wg04_mr4/MR4_UNC.dcm")]
    [InlineData("wg04_mr4/MR4_J2KR.dcm", "wg04_mr4/MR4_UNC.dcm")]
    [InlineData("wg04_ct1/CT1_J2KR.dcm", "wg04_ct1/CT1_UNC.dcm")]
    public void A_lossless_image_of_others_has_the_digest_of_its_original(string coded, string plain)
    {
        NeedDecoder(coded);
        Assert.Equal(Read.Volume([Shared(plain)]).Source.PixelDigest, Read.Volume([Shared(coded)]).Source.PixelDigest);
    }

    [Fact]
    public void A_lossy_mr_of_others_is_as_far_from_its_original_as_the_set_says()
    {
        var plain = Read.Volume([Shared("wg04_mr4/MR4_UNC.dcm")]).Volume.Voxels.ToArray();
        var coded = Read.Volume([Shared("wg04_mr4/MR4_JPLY.dcm")]).Volume.Voxels.ToArray();

        const double slope = 9.570207; // the set counts in stored values
        var differences = plain.Zip(coded, (a, b) => Math.Abs(a - b) / slope).ToList();

        Assert.Equal(40, differences.Max(), 1.0);
        Assert.Equal(3.0649, differences.Average(), 0.01);
    }

    [Theory]
    [InlineData("colour/TestPattern_JPEG-Lossless_RGB.dcm", "colour/TestPattern_RGB.dcm", 0, 0)]
    [InlineData("rgb_small/SC_rgb_rle.dcm", "rgb_small/SC_rgb.dcm", 0, 0)]
    [InlineData("wg04_vl1/VL1_RLE.dcm", "wg04_vl1/VL1_UNC.dcm", 0, 0)]
    [InlineData("wg04_vl1/VL1_J2KR.dcm", "wg04_vl1/VL1_UNC.dcm", 0, 0)]
    [InlineData("wg04_vl1/VL1_J2KI.dcm", "wg04_vl1/VL1_UNC.dcm", 45, 1.2)]
    [InlineData("wg04_us1/US1_J2KR.dcm", "wg04_us1/US1_UNC.dcm", 0, 0)]
    [InlineData("rgb_small/SC_rgb_expb.dcm", "rgb_small/SC_rgb.dcm", 0, 0)]
    [InlineData("rgb_small/SC_ybr_full_uncompressed.dcm", "rgb_small/SC_rgb.dcm", 60, 4)]
    [InlineData("rgb_small/SC_ybr_full_422_uncompressed.dcm", "rgb_small/SC_rgb.dcm", 60, 4)]
    [InlineData("colour/TestPattern_JPEG-LS-Lossless.dcm", "colour/TestPattern_RGB.dcm", 0, 0)]
    [InlineData("colour/TestPattern_JPEG-LS-NearLossless.dcm", "colour/TestPattern_RGB.dcm", 10, 4)]
    [InlineData("colour/TestPattern_Palette.dcm", "colour/TestPattern_RGB.dcm", 255, 20)]
    [InlineData("colour/TestPattern_Palette_16.dcm", "colour/TestPattern_RGB.dcm", 255, 20)]
    [InlineData("rgb_small/SC_rgb_jpeg_dcmtk.dcm", "rgb_small/SC_rgb.dcm", 60, 4)]
    [InlineData("colour/TestPattern_JPEG-Baseline_YBRFull.dcm", "colour/TestPattern_RGB.dcm", 255, 6)]
    [InlineData("colour/TestPattern_JPEG-Baseline_YBR422.dcm", "colour/TestPattern_RGB.dcm", 255, 8)]
    public void A_colour_image_of_others_looks_like_its_original(string coded, string plain, int most, double mean)
    {
        NeedDecoder(coded);
        AssertNear(Read.Photograph([Shared(plain)]).Picture.Rgb, Read.Photograph([Shared(coded)]).Picture.Rgb, most, mean);
    }

    [Theory]
    [InlineData("ct_one_image/jpeg_spectral_retired.dcm", "JPEG Spectral Selection")]
    [InlineData("ct_one_image/jpeg_progressive_retired.dcm", "JPEG Full Progression")]
    public void An_encoding_of_others_without_a_decoder_is_refused_by_name(string file, string name)
    {
        Assert.Contains(name, Read.Refusal([Shared(file)], RefusalReason.UnsupportedEncoding), StringComparison.Ordinal);
    }

    private static string Golden(string name) => Path.Combine(RepoPaths.Goldens, "dicom-jpeg", name + ".dcm");

    private static void NeedDecoder(string file)
    {
        var syntax = DicomFile.Open(Shared(file)).Dataset.InternalTransferSyntax;
        Assert.SkipUnless(DecodableTransferSyntaxes.ForFiles.Contains(syntax.UID.UID), $"no decoder for {syntax.UID.Name} here");
    }

    private static string Shared(string file) =>
        SharedFolder.Need(["data", "dicom-transfer-syntaxes", .. file.Split('/')]);

    private static void AssertNear(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, int most, double mean)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, sum) = (0, 0L);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs(expected[i] - actual[i]);
            worst = Math.Max(worst, difference);
            sum += difference;
        }
        Assert.True(worst <= most && (double)sum / expected.Length <= mean,
            $"differs by up to {worst}, {(double)sum / expected.Length:0.###} in the mean");
    }

    private string Changed(string golden, Action<DicomDataset> change)
    {
        var file = DicomFile.Open(Golden(golden));
        change(file.Dataset);
        file.Save(_folder.File("changed.dcm"));
        return _folder.File("changed.dcm");
    }
}
