namespace VMUNet.Codecs.Tests.Jpeg;

public sealed class JpegDecoderTests
{
    private const string Baseline = "1.2.840.10008.1.2.4.50";
    private const string Lossless = "1.2.840.10008.1.2.4.57";

    [Fact]
    public void Sampling_factors_that_do_not_divide_the_largest_one_widen_by_their_ratio()
    {
        // Blocks of 8 x 8: three of the first component a unit, two of the second, whose right one is brighter.
        var frame = new JpegBuilder().Quantisation(8).Frame(0xC0, 8, 8, 24, (3, 1), (2, 1), (2, 1))
            .Huffman(false, 2, 0, 7).Huffman(true, 1, 0)
            .Scan(0, 0, [1, 2, 3], "000 000 000  000 01 1111111 0  000 000").End().Bytes;

        var decoded = FrameCodec.Decode(Baseline, frame, Shape(8, 24, 3, 8));

        Assert.Equal(Enumerable.Repeat((byte)128, 12).Concat(Enumerable.Repeat((byte)255, 12)), Line(decoded, 1));
        Assert.All(Line(decoded, 2), value => Assert.Equal(128, value));

        static IEnumerable<byte> Line(byte[] pixels, int sample) =>
            Enumerable.Range(7 * 24, 24).Select(i => pixels[(3 * i) + sample]);
    }

    private static FrameShape Shape(int rows, int columns, int samples, int bits) => new()
    {
        Rows = rows,
        Columns = columns,
        SamplesPerPixel = samples,
        BitsAllocated = bits,
    };
}
