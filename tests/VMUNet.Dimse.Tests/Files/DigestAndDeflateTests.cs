using System.IO.Compression;
using System.Security.Cryptography;
using CsCheck;

namespace VMUNet.Dimse.Tests;

public sealed class DigestAndDeflateTests
{
    private static readonly SkimLimits s_limits = new();

    [Fact]
    public void The_digest_is_of_the_bytes_without_pixels_and_of_the_pixels_digest_however_they_are_cut()
    {
        var bytes = new DataSetBytes(true).Raw(DataSetBytes.Instance(pixelBytes: 90)).Text(0xFFFCFFFC, "LO", "behind").ToArray();
        var pixels = Enumerable.Repeat((byte)7, 90).ToArray();
        var at = bytes.AsSpan().IndexOf(pixels);
        byte[] others = [.. bytes[..at], .. bytes[(at + 90)..]];

        Gen.Int[1, 40].Array[1, 30].Sample(cuts =>
            Skim(bytes, TransferSyntaxes.ExplicitLittleEndian, cuts) is SkimResult.Complete { Header: var header }
            && header.Sha256 == Sha([.. others, .. SHA256.HashData(pixels)])
            && header.PixelSha256 == Sha(pixels), iter: 100);
    }

    [Fact]
    public void Unlike_contents_have_unlike_digests_wherever_they_differ()
    {
        var one = Sha256Of(DataSetBytes.Instance());

        Assert.Equal(one, Sha256Of(DataSetBytes.Instance()));
        Assert.NotEqual(one, Sha256Of(DataSetBytes.Instance(pixel: 8)));
        Assert.NotEqual(one, Sha256Of(DataSetBytes.Instance(description: "other")));
        Assert.NotEqual(one, Sha256Of(DataSetBytes.Instance(pixelBytes: 34)));
        Assert.NotEqual(one, Sha256Of(DataSetBytes.Instance(pixelBytes: 0)));
    }

    [Fact]
    public void A_deflated_data_set_is_read_through_however_it_is_cut_with_or_without_a_byte_of_padding()
    {
        var plain = DataSetBytes.Instance(pixelBytes: 60_000);
        var deflated = Deflate(plain);
        var pixels = Assert.IsType<SkimResult.Complete>(Skim(plain, TransferSyntaxes.ExplicitLittleEndian, [plain.Length])).Header.PixelSha256;

        Gen.Int[1, 90].Array[1, 30].Select(Gen.Bool).Sample((cuts, isPadded) =>
            Skim(isPadded ? [.. deflated, 0] : deflated, TransferSyntaxes.DeflatedExplicitLittleEndian, cuts) is SkimResult.Complete { Header: var header }
            && header.PixelSha256 == pixels && header.Text(SkimTags.SopInstanceUid) == "1.2.3.4" && header.Length == plain.Length, iter: 100);
    }

    [Fact]
    public void Every_truncation_of_a_deflated_data_set_is_refused()
    {
        var deflated = Deflate(DataSetBytes.Instance(pixelBytes: 400));

        for (var length = 1; length < deflated.Length; length++)
        {
            var result = Skim(deflated[..length], TransferSyntaxes.DeflatedExplicitLittleEndian, [7]);
            Assert.True(result is SkimResult.Refused { Fault: SkimFault.Truncated }, $"{length} of {deflated.Length}: {result}");
        }
    }

    [Theory]
    [InlineData(10, 7)]
    [InlineData(10, 100_000)]
    [InlineData(50_000, 7_000)]
    [InlineData(50_000, 100_000)]
    public void Bytes_behind_the_last_block_are_refused(int count, int cut)
    {
        byte[] bytes = [.. Deflate(DataSetBytes.Instance(pixelBytes: 400)), .. Enumerable.Repeat((byte)0x41, count)];

        var result = Skim(bytes, TransferSyntaxes.DeflatedExplicitLittleEndian, [cut]);

        Assert.Equal(SkimFault.BrokenDeflation, Assert.IsType<SkimResult.Refused>(result).Fault);
    }

    [Fact]
    public void Bytes_that_are_not_deflated_and_a_bomb_are_refused()
    {
        byte[] bomb = Deflate([.. DataSetBytes.Instance(pixelBytes: 0), .. new DataSetBytes(true).Header(0x00091010, "OW", 60_000_000).ToArray(), .. new byte[60_000_000]]);

        var noise = Skim([0xFF, 0xFF, 1, 2, 3, 4, 5], TransferSyntaxes.DeflatedExplicitLittleEndian, [7]);
        var exploded = Skim(bomb, TransferSyntaxes.DeflatedExplicitLittleEndian, [5_000]);

        Assert.Equal(SkimFault.BrokenDeflation, Assert.IsType<SkimResult.Refused>(noise).Fault);
        Assert.Equal(SkimFault.BrokenDeflation, Assert.IsType<SkimResult.Refused>(exploded).Fault);
    }

    [Fact]
    public void Any_damage_to_a_deflated_data_set_gives_a_result()
    {
        var legal = Deflate(DataSetBytes.Instance(pixelBytes: 3_000));
        Gen.Select(Gen.Int[0, legal.Length - 1], Gen.Byte).Array[1, 6].Sample(damage =>
        {
            var bytes = legal.ToArray();
            foreach (var (at, value) in damage)
            {
                bytes[at] = value;
            }

            _ = Skim(bytes, TransferSyntaxes.DeflatedExplicitLittleEndian, [100]);
            return true;
        }, iter: 1_000);
    }

    private static string Sha256Of(byte[] bytes) =>
        Assert.IsType<SkimResult.Complete>(Skim(bytes, TransferSyntaxes.ExplicitLittleEndian, [bytes.Length])).Header.Sha256;

    private static SkimResult Skim(byte[] bytes, string syntax, int[] cuts)
    {
        using var skimmer = new DataSetSkimmer(syntax, s_limits);
        for (int i = 0, at = 0; at < bytes.Length; i++)
        {
            var count = Math.Min(cuts[i % cuts.Length], bytes.Length - at);
            skimmer.Append(bytes.AsSpan(at, count));
            at += count;
        }

        return skimmer.Complete();
    }

    private static byte[] Deflate(byte[] bytes)
    {
        var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(bytes);
        }

        return deflated.ToArray();
    }

    private static string Sha(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
