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
    ];

    [Fact]
    public void Decodes_native_and_run_length_pixels_to_the_hashes_of_other_readers()
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
        Assert.True(count >= 25, $"only {count} files were compared");
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
