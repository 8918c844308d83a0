using CsCheck;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class LabelledPixelsTests
{
    [Fact]
    public void Every_set_bit_is_visited_wherever_the_frame_begins_and_ends() =>
        (from bytes in Sparse
         from lead in Gen.Int[0, 7]
         from count in Gen.Int[1, 8 * bytes.Length - lead]
         select (bytes, lead, count)).Sample(s =>
        {
            var expected = Enumerable.Range(0, s.count)
                .Where(i => (s.bytes[(s.lead + i) / 8] >> (s.lead + i) % 8 & 1) == 1).Select(i => (i, 1));

            Assert.Equal(expected, Walk(new LabelledPixels(s.bytes, 1, s.lead, s.count)));
        });

    [Fact]
    public void Every_sample_from_the_least_value_on_is_visited() =>
        (from bytes in Sparse
         from least in Gen.Byte[1, 255]
         from count in Gen.Int[1, bytes.Length / 2]
         select (bytes, least, count)).Sample(s =>
        {
            var narrow = s.bytes.Take(s.count).Select((b, i) => (i, (int)b)).Where(p => p.Item2 >= s.least);
            var wide = Enumerable.Range(0, s.count).Select(i => (i, s.bytes[2 * i] | s.bytes[2 * i + 1] << 8))
                .Where(p => p.Item2 > 0);

            Assert.Equal(narrow, Walk(new LabelledPixels(s.bytes, 8, 0, s.count, s.least)));
            Assert.Equal(wide, Walk(new LabelledPixels(s.bytes, 16, 0, s.count)));
        });

    /// <summary>Mostly zeros, in lengths around the steps of the walk.</summary>
    private static Gen<byte[]> Sparse =>
        Gen.Frequency((3, Gen.Const((byte)0)), (1, Gen.Byte)).Array[2, 40];

    private static List<(int Index, int Value)> Walk(LabelledPixels pixels)
    {
        var visited = new List<(int, int)>();
        while (pixels.MoveNext())
        {
            visited.Add((pixels.Index, pixels.Value));
        }
        return visited;
    }
}
