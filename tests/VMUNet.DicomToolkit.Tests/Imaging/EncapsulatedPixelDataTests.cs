using VMUNet.DicomToolkit.Imaging;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Tests.Imaging;

public sealed class EncapsulatedPixelDataTests
{
    [Theory]
    [InlineData("1.2.840.10008.1.2.4.50", "FFD8FFE0")]
    [InlineData("1.2.840.10008.1.2.4.80", "FFD8FFF7")]
    [InlineData("1.2.840.10008.1.2.4.90", "FF4FFF51")]
    public void Frames_without_an_offset_table_begin_where_a_fragment_begins_an_image(string syntax, string start)
    {
        var first = Convert.FromHexString(start);
        var dataset = Encapsulated(syntax, 2, first, [1, 2], [3, 4], first, [5, 6]);

        var pixels = DicomPixelData.Create(dataset);

        Assert.Equal([.. first, 1, 2, 3, 4], pixels.GetFrame(0).Data);
        Assert.Equal([.. first, 5, 6], pixels.GetFrame(1).Data);
    }

    [Fact]
    public void Frames_whose_beginnings_cannot_be_told_are_refused()
    {
        byte[] start = [0xFF, 0xD8, 0xFF, 0xE0];

        var fewer = DicomPixelData.Create(Encapsulated("1.2.840.10008.1.2.4.50", 2, start, [1, 2], [3, 4]));
        var runs = DicomPixelData.Create(Encapsulated("1.2.840.10008.1.2.5", 2, start, [1, 2], start));

        Assert.Throws<DicomDataException>(() => fewer.GetFrame(1));
        Assert.Throws<DicomDataException>(() => runs.GetFrame(1));
    }

    private static DicomDataset Encapsulated(string syntax, int frames, params byte[][] fragments)
    {
        var pixels = new DicomOtherByteFragment(DicomTag.PixelData);
        foreach (var fragment in fragments)
        {
            pixels.Fragments.Add(new MemoryByteBuffer(fragment));
        }

        return new DicomDataset(DicomTransferSyntax.Parse(syntax)).Add(DicomTag.NumberOfFrames, frames).Add(pixels);
    }
}
