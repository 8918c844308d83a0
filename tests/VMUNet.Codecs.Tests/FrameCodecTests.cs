namespace VMUNet.Codecs.Tests;

public sealed class FrameCodecTests
{
    private const string RunLength = "1.2.840.10008.1.2.5";

    [Theory]
    [InlineData(0, 4, 1, 8)]
    [InlineData(4, 0, 1, 8)]
    [InlineData(4, 70_000, 1, 8)]
    [InlineData(4, 4, 0, 8)]
    [InlineData(4, 4, 5, 8)]
    [InlineData(4, 4, 1, 0)]
    [InlineData(4, 4, 1, 9)]
    [InlineData(4, 4, 1, 128)]
    [InlineData(-1, -1, 1, 8)]
    public void A_shape_that_is_not_legal_is_refused(int rows, int columns, int samples, int bits)
    {
        var shape = Shape(rows, columns, samples, bits);

        Assert.Throws<CodecException>(() => FrameCodec.Decode(RunLength, new byte[100], shape));
    }

    [Theory]
    [InlineData(RunLength)]
    [InlineData("1.2.840.10008.1.2.4.50")]
    [InlineData("1.2.840.10008.1.2.4.57")]
    [InlineData("1.2.840.10008.1.2.4.70")]
    [InlineData("1.2.840.10008.1.2.4.100")]
    [InlineData("")]
    public void A_huge_frame_of_few_bytes_is_refused_before_it_is_allocated(string syntax)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<CodecException>(() => FrameCodec.Decode(syntax, new byte[64], Shape(60_000, 30_000, 1, 8)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Run_lengths_of_signed_words_keep_their_bits()
    {
        // Two segments: high bytes FF 00 (literal), low bytes FE 01.
        byte[] frame = new byte[64 + 6];
        frame[0] = 2;
        frame[4] = 64;
        frame[8] = 67;
        new byte[] { 1, 0xFF, 0x00, 1, 0xFE, 0x01 }.CopyTo(frame, 64);

        var decoded = FrameCodec.Decode(RunLength, frame, Shape(1, 2, 1, 16) with { IsSigned = true });

        Assert.Equal([0xFE, 0xFF, 0x01, 0x00], decoded);
    }

    [Fact]
    public void Run_lengths_are_found_by_their_offsets_in_any_order()
    {
        // The low bytes' segment, FE 01, stands before the high bytes', FF 00.
        byte[] frame = new byte[64 + 6];
        frame[0] = 2;
        frame[4] = 67;
        frame[8] = 64;
        new byte[] { 1, 0xFE, 0x01, 1, 0xFF, 0x00 }.CopyTo(frame, 64);

        var decoded = FrameCodec.Decode(RunLength, frame, Shape(1, 2, 1, 16));

        Assert.Equal([0xFE, 0xFF, 0x01, 0x00], decoded);
    }

    [Fact]
    public void A_run_length_segment_does_not_read_on_into_the_next_one()
    {
        byte[] frame = new byte[64 + 5];
        frame[0] = 2;
        frame[4] = 64;
        frame[8] = 66;
        new byte[] { 0, 0xFF, 1, 0xFE, 0x01 }.CopyTo(frame, 64);

        Assert.Throws<CodecException>(() => FrameCodec.Decode(RunLength, frame, Shape(1, 2, 1, 16)));
    }

    private static FrameShape Shape(int rows, int columns, int samples, int bits) => new()
    {
        Rows = rows,
        Columns = columns,
        SamplesPerPixel = samples,
        BitsAllocated = bits,
    };
}
