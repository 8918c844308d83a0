using VMUNet.Testing;

namespace VMUNet.Dicom.Tests;

/// <summary>The same object in two transfer syntaxes: equal when its decoded samples are, whatever its bytes.</summary>
public sealed class PixelComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_RLE_copy_of_the_same_pixels_is_equal_and_of_others_is_not()
    {
        var native = new SyntheticSeries().Write(Sub("native"))[0];
        var other = new SyntheticSeries { Sample = (_, _, _) => 7 }.Write(Sub("other"))[0];
        var copy = Rle(native, "copy.dcm");
        var different = Rle(other, "different.dcm");

        Assert.Null(PixelComparison.Difference(native, copy, CancellationToken.None));
        Assert.Contains("differ", PixelComparison.Difference(native, different, CancellationToken.None), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_size_and_an_unreadable_copy_are_differences_with_a_reason()
    {
        var native = new SyntheticSeries().Write(Sub("native"))[0];
        var small = new SyntheticSeries { Rows = 3 }.Write(Sub("small"))[0];
        var broken = _folder.File("broken.dcm");
        File.WriteAllText(broken, "no DICOM");

        Assert.Contains("other sizes", PixelComparison.Difference(native, small, CancellationToken.None), StringComparison.Ordinal);
        Assert.Contains("cannot be compared", PixelComparison.Difference(native, broken, CancellationToken.None), StringComparison.Ordinal);
    }

    private string Sub(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    // One literal run a byte plane: the plainest RLE there is (PS3.5 annex G).
    private string Rle(string native, string name)
    {
        var source = DicomFile.Open(native).Dataset;
        var pixels = source.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data;
        var rle = new DicomDataset(DicomTransferSyntax.RLELossless);
        foreach (var item in source.Where(i => i.Tag != DicomTag.PixelData))
        {
            rle.AddOrUpdate(item);
        }
        var data = DicomPixelData.Create(rle, true);
        data.AddFrame(new MemoryByteBuffer(Encode(pixels)));
        var path = _folder.File(name);
        new DicomFile(rle).Save(path);
        return path;
    }

    private static byte[] Encode(byte[] littleEndian16)
    {
        var planes = new[] { 1, 0 }.Select(offset => Plane(littleEndian16, offset)).ToArray();
        var header = new byte[64];
        BitConverter.TryWriteBytes(header, planes.Length);
        var at = 64;
        for (var i = 0; i < planes.Length; i++)
        {
            BitConverter.TryWriteBytes(header.AsSpan(4 + (4 * i)), at);
            at += planes[i].Length;
        }
        return [.. header, .. planes[0], .. planes[1]];
    }

    private static byte[] Plane(byte[] littleEndian16, int offset)
    {
        var bytes = Enumerable.Range(0, littleEndian16.Length / 2).Select(i => littleEndian16[(2 * i) + offset]).ToArray();
        var runs = bytes.Chunk(128).SelectMany(c => (byte[])[(byte)(c.Length - 1), .. c]).ToList();
        if (runs.Count % 2 == 1)
        {
            runs.Add(0x80);
        }
        return [.. runs];
    }
}
