using System.Security.Cryptography;
using VMUNet.DicomToolkit.Imaging;
using VMUNet.DicomToolkit.Imaging.Codec;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>The same pixels in many encodings: hashes were made with pydicom and GDCM (manifest of the files).</summary>
public sealed class TransferSyntaxTests
{
    private static readonly string[] Decodable =
    [
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
    ];

    [Fact]
    public void Decodes_native_run_length_and_lossless_JPEG_pixels_to_the_hashes_of_other_readers()
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes");
        var faults = new List<string>();
        var count = 0;
        foreach (var row in File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).Select(l => l.Split(',')))
        {
            var (hash, photometric) = (row[14], row[10]);
            if (!Decodable.Contains(row[1]) || hash.Length == 0 || photometric == "YBR_FULL_422")
            {
                continue;
            }

            count++;
            var found = HashOf(Path.Combine(folder, row[0]));
            if (found != hash)
            {
                faults.Add($"{row[0]}: {found}");
            }
        }

        Assert.Empty(faults);
        Assert.True(count >= 35, $"only {count} files were compared");
    }

    [Fact]
    public void Run_length_bits_are_those_of_the_uncompressed_segmentation()
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes/seg_liver");
        var plain = DicomPixelData.Create(DicomFile.Open(Path.Combine(folder, "liver.dcm")).Dataset);
        var packed = DicomFile.Open(Path.Combine(folder, "liver_rle.dcm")).Dataset;
        var transcoder = new DicomTranscoder(packed.InternalTransferSyntax, DicomTransferSyntax.ExplicitVRLittleEndian);

        for (var frame = 0; frame < plain.NumberOfFrames; frame++)
        {
            Assert.Equal(plain.GetFrame(frame).Data, transcoder.DecodeFrame(packed, frame).Data);
        }
    }

    [Theory]
    [InlineData("rgb_small/SC_rgb_jpeg_dcmtk.dcm", "rgb_small/SC_ybr_full_uncompressed.dcm", 1, 0.1)]
    [InlineData("wg04_mr4/MR4_JPLY.dcm", "wg04_mr4/MR4_UNC.dcm", 40, 3.08)]
    [InlineData("wg04_nm1/NM1_JPLY.dcm", "wg04_nm1/NM1_UNC.dcm", 36, 2.29)]
    public void Lossy_JPEG_pixels_differ_from_their_source_as_other_decoders_find(string file, string source, int most, double mean)
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes");
        var dataset = DicomFile.Open(Path.Combine(folder, file)).Dataset;
        var plain = new DicomTranscoder(dataset.InternalTransferSyntax, DicomTransferSyntax.ExplicitVRLittleEndian).Transcode(dataset);
        var reference = DicomFile.Open(Path.Combine(folder, source)).Dataset;

        var differences = Samples(plain).Zip(Samples(reference), (a, b) => Math.Abs(a - b)).ToArray();

        // The decoder's own rounding may add one.
        Assert.InRange(differences.Max(), 0, most + 1);
        Assert.InRange(differences.Average(), 0, mean);
    }

    [Fact]
    public void Retired_and_foreign_syntaxes_are_refused_by_name()
    {
        var folder = SharedFiles.Folder("data/dicom-transfer-syntaxes/ct_one_image");
        foreach (var name in new[] { "jpeg_progressive_retired.dcm", "jpeg_spectral_retired.dcm", "j2k_lossy.dcm" })
        {
            var dataset = DicomFile.Open(Path.Combine(folder, name)).Dataset;
            var transcoder = new DicomTranscoder(dataset.InternalTransferSyntax, DicomTransferSyntax.ExplicitVRLittleEndian);

            var e = Assert.Throws<DicomDataException>(() => transcoder.DecodeFrame(dataset, 0));

            Assert.Contains(dataset.InternalTransferSyntax.UID.UID, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ct_one_image/jpeg_lossless_sv1.dcm")]
    [InlineData("ct_one_image/jpeg_extended_12bit.dcm")]
    [InlineData("colour/TestPattern_JPEG-Baseline_YBR422.dcm")]
    [InlineData("ct_one_image/rle.dcm")]
    public void Damaged_frames_are_decoded_or_refused_and_nothing_else(string name)
    {
        var path = Path.Combine(SharedFiles.Folder("data/dicom-transfer-syntaxes"), name);
        var dataset = DicomFile.Open(path, FileReadOption.ReadAll).Dataset;
        var fragments = dataset.GetDicomItem<DicomFragmentSequence>(DicomTag.PixelData)!.Fragments;
        var original = fragments[0].Data;
        var transcoder = new DicomTranscoder(dataset.InternalTransferSyntax, DicomTransferSyntax.ExplicitVRLittleEndian);
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < 60; round++)
        {
            var bytes = original[..(round % 3 == 0 ? random.Next(original.Length) : original.Length)];
            for (var change = 0; change < 4 && bytes.Length > 0; change++)
            {
                bytes[random.Next(round % 2 == 0 ? Math.Min(700, bytes.Length) : bytes.Length)] = (byte)random.Next(256);
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

    private static int[] Samples(DicomDataset dataset)
    {
        var bytes = DicomPixelData.Create(dataset).GetFrame(0).Data;
        return dataset.GetSingleValue<int>(DicomTag.BitsAllocated) == 8 ? Array.ConvertAll(bytes, b => (int)b)
            : Array.ConvertAll(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(bytes).ToArray(), s => (int)s);
    }

    private static string HashOf(string path)
    {
        var dataset = DicomFile.Open(path).Dataset;
        var pixels = DicomPixelData.Create(dataset);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var transcoder = new DicomTranscoder(dataset.InternalTransferSyntax, DicomTransferSyntax.ExplicitVRLittleEndian);
        for (var frame = 0; frame < pixels.NumberOfFrames; frame++)
        {
            var bytes = transcoder.DecodeFrame(dataset, frame).Data;
            sha.AppendData(pixels.BitsAllocated == 1 ? Unpack(bytes, pixels.Width * pixels.Height) : bytes);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    private static byte[] Unpack(byte[] bits, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (byte)((bits[i / 8] >> (i % 8)) & 1))];
}
