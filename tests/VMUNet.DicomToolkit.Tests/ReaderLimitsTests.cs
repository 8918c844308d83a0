using System.Buffers.Binary;
using System.IO.Compression;
using VMUNet.DicomToolkit.IO.Reader;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>Hostile structure: refused by name, at once, without memory for what is only claimed.</summary>
public sealed class ReaderLimitsTests
{
    private const uint Undefined = 0xFFFFFFFF;

    [Theory]
    [InlineData(DataSetReader.MaximumDepth, true)]
    [InlineData(DataSetReader.MaximumDepth + 1, false)]
    [InlineData(100_000, false)]
    public void Sequences_nest_to_the_limit_and_no_deeper(int depth, bool isRead)
    {
        var body = new List<byte>();
        for (var i = 0; i < depth; i++)
        {
            body.AddRange(Element(0x0040A730, "SQ", Undefined));
            body.AddRange(Tag(0xFFFEE000, Undefined));
        }

        for (var i = 0; i < depth; i++)
        {
            body.AddRange(Tag(0xFFFEE00D, 0));
            body.AddRange(Tag(0xFFFEE0DD, 0));
        }

        AssertRead(body, isRead, "nested deeper");
    }

    [Fact]
    public void Too_many_items_are_refused()
    {
        var body = new List<byte>(Element(0x0040A730, "SQ", Undefined));
        var item = Tag(0xFFFEE000, 0);
        for (var i = 0; i <= DataSetReader.MaximumItems; i++)
        {
            body.AddRange(item);
        }

        body.AddRange(Tag(0xFFFEE0DD, 0));

        AssertRead(body, false, "more than 100000 items");
    }

    [Fact]
    public void Too_many_elements_are_refused()
    {
        var body = new List<byte>();
        for (var i = 0; i <= DataSetReader.MaximumElements; i++)
        {
            body.AddRange(Element((uint)(0x00091000 + i), "UN", 0));
        }

        AssertRead(body, false, "more than 200000 elements");
    }

    [Fact]
    public void A_value_longer_than_the_file_is_partial_without_memory_for_it()
    {
        byte[] file = [.. Head(), .. Element(0x7FE00010, "OW", 0xFFFFFFFE), 1, 2, 3, 4];
        var before = GC.GetAllocatedBytesForCurrentThread();

        var read = DicomFile.Open(new MemoryStream(file));

        Assert.True(read.IsPartial);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10 << 20);
    }

    [Fact]
    public void An_element_longer_than_its_item_is_refused()
    {
        byte[] body =
        [
            .. Element(0x0040A730, "SQ", 24), .. Tag(0xFFFEE000, 16), .. Element(0x0040A160, "UT", 100), 1, 2, 3, 4,
            .. Element(0x7FE00010, "OB", 100), .. new byte[100],
        ];

        AssertRead(body, false, "100 bytes long where its item or sequence has 4");
    }

    [Fact]
    public void An_item_longer_than_its_sequence_is_refused()
    {
        byte[] body = [.. Element(0x0040A730, "SQ", 8), .. Tag(0xFFFEE000, 16), .. Element(0x00100020, "UT", 4), 1, 2,
            3, 4];

        AssertRead(body, false, "an item is 16 bytes long where its sequence has 0");
    }

    [Fact]
    public void Unknown_values_of_undefined_length_are_implicit_sequences()
    {
        byte[] body =
        [
            .. Element(0x00091010, "UN", Undefined), .. Tag(0xFFFEE000, Undefined), .. Tag(0x00100020, 2), .. "X "u8,
            .. Tag(0xFFFEE00D, 0), .. Tag(0xFFFEE0DD, 0), .. Short(0x00280010, "US", [2, 0]),
        ];

        var dataset = DicomFile.Open(new MemoryStream([.. Head(), .. body])).Dataset;

        var item = Assert.Single(dataset.GetSequence(new DicomTag(0x0009, 0x1010)).Items);
        Assert.Equal("X", item.GetString(DicomTag.PatientID));
        Assert.Equal(2, dataset.GetSingleValue<int>(DicomTag.Rows));
    }

    [Fact]
    public void A_deflate_bomb_is_refused_before_it_fills_memory()
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(Element(0x7FE00010, "OB", 400_000_000));
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 400; i++)
            {
                deflate.Write(zeros);
            }
        }

        byte[] file = [.. Head("1.2.840.10008.1.2.1.99"), .. packed.ToArray()];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<DicomFileException>(() => DicomFile.Open(new MemoryStream(file)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400L << 20);
    }

    [Fact]
    public void Any_change_of_bytes_is_read_or_refused_and_nothing_else()
    {
        using var stream = new MemoryStream();
        new DicomFile(DicomFileTests.Sample(DicomTransferSyntax.ExplicitVRLittleEndian)).Save(stream);
        var original = stream.ToArray();
        var random = new Random(20261123);
        for (var round = 0; round < 3_000; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(132, bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                MalformedFilesTests.TouchAll(DicomFile.Open(new MemoryStream(bytes)).Dataset);
            }
            catch (DicomFileException)
            {
                // A definite answer.
            }
        }
    }

    private static void AssertRead(IEnumerable<byte> body, bool isRead, string reason)
    {
        var stream = new MemoryStream([.. Head(), .. body]);
        if (isRead)
        {
            Assert.False(DicomFile.Open(stream).IsPartial);
            return;
        }

        var e = Assert.Throws<DicomFileException>(() => DicomFile.Open(stream));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.True(e.File.IsPartial);
    }

    private static byte[] Head(string syntax = "1.2.840.10008.1.2.1")
    {
        var uid = System.Text.Encoding.ASCII.GetBytes(syntax.Length % 2 == 0 ? syntax : syntax + "\0");
        return [.. new byte[128], .. "DICM"u8, .. Short(0x00020010, "UI", uid)];
    }

    private static byte[] Short(uint tag, string vr, byte[] value) =>
        [.. Tag(tag, 0).AsSpan(0, 4), (byte)vr[0], (byte)vr[1], (byte)value.Length, 0, .. value];

    private static byte[] Element(uint tag, string vr, uint length) =>
        [.. Tag(tag, 0).AsSpan(0, 4), (byte)vr[0], (byte)vr[1], 0, 0, .. Tag(0, length).AsSpan(4)];

    private static byte[] Tag(uint tag, uint length)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)tag);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), length);
        return bytes;
    }
}
