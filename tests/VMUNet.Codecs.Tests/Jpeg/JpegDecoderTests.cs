using static VMUNet.Codecs.Tests.Jpeg.JpegBuilder;

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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_frame_that_ends_before_all_its_components_came_is_refused(bool withFirst)
    {
        var builder = new JpegBuilder().Quantisation(1).Frame(0xC0, 8, 8, 8, (1, 1), (1, 1), (1, 1))
            .Huffman(false, 2, 0).Huffman(true, 1, 0);
        var frame = (withFirst ? builder.Scan(0, 0, [1], "000") : builder).End().Bytes;

        var e = Assert.Throws<CodecException>(() => FrameCodec.Decode(Baseline, frame, Shape(8, 8, 3, 8)));

        Assert.Contains("component", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scan_of_no_component_is_refused()
    {
        var frame = new JpegBuilder().Frame(0xC3, 8, 8, 8, (1, 1)).Categories().Scan(1, 0, [], "").End().Bytes;

        var e = Assert.Throws<CodecException>(() => FrameCodec.Decode(Lossless, frame, Shape(8, 8, 1, 8)));

        Assert.Contains("0 components", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_behind_the_last_bit_are_not_made_up()
    {
        // Two of four samples are there; zero bits would read as more of the same.
        var frame = new JpegBuilder().Frame(0xC3, 8, 1, 4, (1, 1)).Categories()
            .Scan(1, 0, [1], Difference(5) + Difference(0)).Bytes;

        Assert.Throws<CodecException>(() => FrameCodec.Decode(Lossless, frame, Shape(1, 4, 1, 8)));
    }

    [Fact]
    public void A_blank_frame_with_subsampled_colours_is_not_too_short_for_its_size()
    {
        // 64 x 64 units of six blocks, two bits a block.
        var frame = new JpegBuilder().Quantisation(1).Frame(0xC0, 8, 1024, 1024, (2, 2), (1, 1), (1, 1))
            .Huffman(false, 1, 0).Huffman(true, 1, 0).Scan(0, 0, [1, 2, 3], new string('0', 64 * 64 * 6 * 2)).End()
            .Bytes;

        var decoded = FrameCodec.Decode(Baseline, frame, Shape(1024, 1024, 3, 8));

        Assert.DoesNotContain(decoded, value => value != 128);
    }

    [Fact]
    public void Words_in_wider_places_keep_their_high_byte()
    {
        var frame = new JpegBuilder().Frame(0xC3, 16, 1, 2, (1, 1)).Categories()
            .Scan(1, 0, [1], Difference(0x1234) + Difference(1)).End().Bytes;

        var decoded = FrameCodec.Decode(Lossless, frame, Shape(1, 2, 1, 32));

        Assert.Equal([0x34, 0x92, 0, 0, 0x35, 0x92, 0, 0], decoded);
    }

    [Fact]
    public void Samples_of_more_bits_than_are_allocated_are_refused()
    {
        var frame = new JpegBuilder().Frame(0xC3, 8, 1, 2, (1, 1)).Categories()
            .Scan(1, 0, [1], Difference(1) + Difference(1)).End().Bytes;

        Assert.Throws<CodecException>(() => FrameCodec.Decode(Lossless, frame, Shape(1, 2, 1, 1)));
    }

    [Fact]
    public void A_frame_larger_than_an_array_is_refused_however_long_it_is()
    {
        var frame = new JpegBuilder().Frame(0xC0, 8, 65_000, 65_000, (1, 1)).Raw(new byte[17 << 20]).Bytes;

        Assert.Throws<CodecException>(() => FrameCodec.Decode(Baseline, frame, Shape(65_000, 65_000, 1, 8)));
    }

    [Fact]
    public void Fill_bytes_before_a_restart_marker_are_passed_over()
    {
        var frame = new JpegBuilder().Frame(0xC3, 8, 2, 1, (1, 1)).Categories().Segment(0xDD, 0, 1)
            .Scan(1, 0, [1], Difference(-100) + "!0" + Difference(3)).End().Bytes;
        var at = frame.AsSpan().IndexOf<byte>([0xFF, 0xD0]);
        byte[] filled = [.. frame[..at], 0xFF, 0xFF, .. frame[at..]];

        var decoded = FrameCodec.Decode(Lossless, filled, Shape(2, 1, 1, 8));

        Assert.Equal([28, 131], decoded);
    }

    [Theory]
    [InlineData(0xC2, "progressive")]
    [InlineData(0xC6, "hierarchical")]
    [InlineData(0xC9, "arithmetic")]
    [InlineData(0xCA, "arithmetic")]
    [InlineData(0xCB, "arithmetic")]
    public void A_process_that_DICOM_does_not_use_is_refused_by_name(byte marker, string name)
    {
        var frame = new JpegBuilder().Frame(marker, 8, 8, 8, (1, 1)).End().Bytes;

        var e = Assert.Throws<CodecException>(() => FrameCodec.Decode(Baseline, frame, Shape(8, 8, 1, 8)));

        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    private static FrameShape Shape(int rows, int columns, int samples, int bits) => new()
    {
        Rows = rows,
        Columns = columns,
        SamplesPerPixel = samples,
        BitsAllocated = bits,
    };
}
