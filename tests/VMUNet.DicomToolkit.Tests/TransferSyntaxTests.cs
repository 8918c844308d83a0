using System.Globalization;
using System.Security.Cryptography;
using VMUNet.Codecs;
using VMUNet.DicomToolkit.Imaging;
using VMUNet.DicomToolkit.Imaging.Codec;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>The same pixels in many encodings: hashes were made with pydicom and GDCM (manifest of the
/// files).</summary>
public sealed class TransferSyntaxTests
{
    /// <summary>JPEG of the discrete cosine kind: decoders may round otherwise by one.</summary>
    private static readonly string[] Rounded = ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"];

    /// <summary>Not on the list of those that are decoded; each must be refused by its name.</summary>
    private static readonly string[] Refused =
        ["1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55", "1.2.840.10008.1.2.8.1"];

    [Fact]
    public void Every_file_decodes_to_the_hash_of_other_readers_or_within_its_difference_or_is_refused_by_name()
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes");
        var faults = new List<string>();
        var (equal, near, refused) = (0, 0, 0);
        foreach (var row in File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).Select(l => l.Split(',')))
        {
            var (path, syntax, hash) = (Path.Combine(folder, row[0]), row[1], row[14]);
            var fault = Refused.Contains(syntax) ? RefusedByName(path, ref refused)
                : FrameCodec.MissingPackage(syntax) is { } package ? RefusedWithPackage(path, package)
                : hash.Length > 0 && HashOf(path) == hash ? Count(ref equal)
                : row[15] == "lossy" && row[12].Length > 0
                    ? Near(path, Path.Combine(folder, row[11]), row[12], row[13], ref near)
                : hash.Length > 0 && Rounded.Contains(syntax) ? Count(ref near)
                : hash.Length > 0 ? $"decodes to {HashOf(path)}"
                : Decodes(path);
            if (fault is not null)
            {
                faults.Add($"{row[0]}: {fault}");
            }
        }

        Assert.Empty(faults);
        TestContext.Current.SendDiagnosticMessage($"{equal} equal, {near} near, {refused} refused");
        Assert.Equal(3, refused);
        Assert.True(equal >= 35, $"only {equal} files were equal");
    }

    [Fact]
    public void Packed_bits_of_compressed_segmentations_are_those_of_the_uncompressed_one()
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes/seg_liver");
        var plain = HashOf(Path.Combine(folder, "liver.dcm"));

        Assert.Equal(plain, HashOf(Path.Combine(folder, "liver_rle.dcm")));
        if (FrameCodec.CanDecode("1.2.840.10008.1.2.4.90"))
        {
            Assert.Equal(plain, HashOf(Path.Combine(folder, "liver_j2k.dcm")));
        }
    }

    [Fact]
    public void High_throughput_JPEG_2000_gives_a_picture()
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes");
        Assert.SkipUnless(FrameCodec.CanDecode("1.2.840.10008.1.2.4.201"), "OpenJPEG 2.5 is not installed");

        var samples = Samples(Native(Path.Combine(folder, "htj2k/HTJ2KLossless_08_RGB.dcm")));

        // No other reader here decodes it: neighbours of a picture are alike, those of noise differ by 85.
        Assert.Equal(480 * 640 * 3, samples.Length);
        Assert.InRange(samples.Skip(3).Zip(samples, (a, b) => Math.Abs(a - b)).Average(), 0.1, 10);
    }

    [Theory]
    [InlineData("rgb_small/SC_rgb_jpeg_dcmtk.dcm", "rgb_small/SC_ybr_full_uncompressed.dcm", 1, 0.1)]
    [InlineData("wg04_mr4/MR4_JPLY.dcm", "wg04_mr4/MR4_UNC.dcm", 40, 3.08)]
    [InlineData("wg04_nm1/NM1_JPLY.dcm", "wg04_nm1/NM1_UNC.dcm", 36, 2.29)]
    public void Lossy_JPEG_pixels_differ_from_their_source_as_other_decoders_find(string file, string source, int most,
        double mean)
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes");
        var dataset = DicomFile.Open(Path.Combine(folder, file)).Dataset;
        var plain = new DicomTranscoder(dataset.InternalTransferSyntax,
            DicomTransferSyntax.ExplicitVRLittleEndian).Transcode(dataset);
        var reference = DicomFile.Open(Path.Combine(folder, source)).Dataset;

        var differences = Samples(plain).Zip(Samples(reference), (a, b) => Math.Abs(a - b)).ToArray();

        // The decoder's own rounding may add one.
        Assert.InRange(differences.Max(), 0, most + 1);
        Assert.InRange(differences.Average(), 0, mean);
    }

    [Theory]
    [InlineData("ct_one_image/jpeg_lossless_sv1.dcm")]
    [InlineData("ct_one_image/jpeg_extended_12bit.dcm")]
    [InlineData("colour/TestPattern_JPEG-Baseline_YBR422.dcm")]
    [InlineData("ct_one_image/rle.dcm")]
    [InlineData("ct_one_image/jpegls_lossless.dcm")]
    [InlineData("wg04_us1/US1_J2KR.dcm")]
    [InlineData("htj2k/HTJ2KLossless_08_RGB.dcm")]
    public void Damaged_frames_are_decoded_or_refused_and_nothing_else(string name)
    {
        var path = Path.Combine(SharedFiles.Folder("data/dicom-transfer-syntaxes"), name);
        var dataset = DicomFile.Open(path, FileReadOption.ReadAll).Dataset;
        var fragments = dataset.GetDicomItem<DicomFragmentSequence>(DicomTag.PixelData)!.Fragments;
        var original = fragments[0].Data;
        Assert.SkipUnless(
            FrameCodec.CanDecode(dataset.InternalTransferSyntax.UID.UID), "the decoder is not installed");
        var transcoder = new DicomTranscoder(dataset.InternalTransferSyntax,
            DicomTransferSyntax.ExplicitVRLittleEndian);
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < 60; round++)
        {
            var bytes = original[..(round % 3 == 0 ? random.Next(original.Length) : original.Length)];
            for (var change = 0; change < 4 && bytes.Length > 0; change++)
            {
                bytes[random.Next(round % 2 == 0 ? Math.Min(700, bytes.Length) : bytes.Length)] =
                    (byte)random.Next(256);
            }

            fragments[0] = new IO.Buffer.MemoryByteBuffer(bytes);
            try
            {
                transcoder.DecodeFrame(dataset, 0);
            }
            catch (DicomDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10, 60);
    }

    private static string? Count(ref int count)
    {
        count++;
        return null;
    }

    private static string? Near(string path, string reference, string most, string mean, ref int count)
    {
        var plain = Native(path);
        var differences = Samples(plain).Zip(Samples(Native(reference)), (a, b) => Math.Abs(a - b)).ToArray();
        count++;
        return differences.Max() <= double.Parse(most, CultureInfo.InvariantCulture) + 1
            && differences.Average() <= double.Parse(mean, CultureInfo.InvariantCulture) + 0.05
            ? null : $"differs by {differences.Max()}, {differences.Average():F3} on average";
    }

    private static string? Decodes(string path) => HashOf(path).Length == 64 ? null : "no pixels";

    private static string? RefusedByName(string path, ref int count)
    {
        count++;
        var dataset = DicomFile.Open(path).Dataset;
        var message = Assert.Throws<DicomDataException>(() => HashOf(path)).Message;
        return message.Contains(dataset.InternalTransferSyntax.UID.Name, StringComparison.Ordinal) ? null : message;
    }

    private static string? RefusedWithPackage(string path, string package)
    {
        var message = Assert.Throws<DicomDataException>(() => HashOf(path)).Message;
        return message.Contains(package, StringComparison.Ordinal) ? null : message;
    }

    private static DicomDataset Native(string path)
    {
        var dataset = DicomFile.Open(path).Dataset;
        return new DicomTranscoder(dataset.InternalTransferSyntax, DicomTransferSyntax.ExplicitVRLittleEndian)
            .Transcode(dataset);
    }

    private static int[] Samples(DicomDataset dataset)
    {
        var bytes = DicomPixelData.Create(dataset).GetFrame(0).Data;
        return dataset.GetSingleValue<int>(DicomTag.BitsAllocated) == 8 ? Array.ConvertAll(bytes, b => (int)b)
            : Array.ConvertAll(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(bytes).ToArray(), s =>
                (int)s);
    }

    private static string HashOf(string path)
    {
        var dataset = DicomFile.Open(path).Dataset;
        var pixels = DicomPixelData.Create(dataset);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var transcoder = new DicomTranscoder(dataset.InternalTransferSyntax,
            DicomTransferSyntax.ExplicitVRLittleEndian);
        for (var frame = 0; frame < pixels.NumberOfFrames; frame++)
        {
            var bytes = transcoder.DecodeFrame(dataset, frame).Data;
            sha.AppendData(pixels.BitsAllocated == 1 ? Unpack(bytes, pixels.Width * pixels.Height)
                : bytes.Length < pixels.Width * pixels.Height * pixels.SamplesPerPixel ? Widen(bytes) : bytes);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>Y1 Y2 Cb Cr to Y1 Cb Cr Y2 Cb Cr: YBR_FULL_422 of native frames stays packed.</summary>
    private static byte[] Widen(byte[] packed) =>
        [.. packed.Chunk(4).SelectMany(p => new[] { p[0], p[2], p[3], p[1], p[2], p[3] })];

    private static byte[] Unpack(byte[] bits, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (byte)((bits[i / 8] >> (i % 8)) & 1))];
}
