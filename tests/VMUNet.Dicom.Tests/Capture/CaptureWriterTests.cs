using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Capture;

public sealed class CaptureWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ct")]
    [InlineData("photograph")]
    public void A_picture_of_a_result_passes_the_gate_and_dicom3tools(string kind)
    {
        var (file, source, picture) = kind == "ct" ? OfVolume() : OfPhotograph(40, 30);

        Assert.IsType<GateVerdict.Passed>(OutgoingGate.CheckPicture(file, source, picture));
        Assert.Empty(Oracle.DicomErrors(file));
    }

    [Fact]
    public void A_picture_of_ours_that_comes_back_is_not_segmented()
    {
        var (file, _, picture) = OfPhotograph(40, 30);

        Read.Refusal([file], RefusalReason.UnsupportedObject);

        var data = DicomFile.Open(file, FileReadOption.ReadAll);
        data.Dataset.AddOrUpdate(DicomTag.Manufacturer, "A camera");
        data.Save(file);
        Assert.True(Read.Photograph([file]).Picture.Rgb.SequenceEqual(picture.Rgb));
    }

    [Fact]
    public void Outlines_have_the_organs_colour_and_the_inside_stays_grey()
    {
        var (_, _, picture) = OfVolume();

        // the organ covers rows 1..4 and columns 1..3 of 6 x 5 pixels in a tile of 384 x 691
        Assert.Equal((170, 110, 40), Pixel(picture, 116, 200));
        var (r, g, b) = Pixel(picture, 300, 192);
        Assert.True(r == g && g == b);
        Assert.True(picture.Rows > 691);
    }

    [Fact]
    public void A_large_photograph_is_made_smaller()
    {
        var (_, _, picture) = OfPhotograph(2000, 4000);

        Assert.Equal(1536, picture.Columns);
    }

    [Theory]
    [InlineData("pixels")]
    [InlineData("burnt")]
    [InlineData("source")]
    [InlineData("patient")]
    public void A_spoiled_picture_is_held_back(string what)
    {
        var (path, source, picture) = OfVolume();
        var file = DicomFile.Open(path, FileReadOption.ReadAll);
        var data = file.Dataset.NotValidated();
        var bytes = (byte[])data.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data.Clone();
        bytes[77] ^= 1;
        _ = what switch
        {
            "pixels" => data.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(bytes))),
            "burnt" => data.AddOrUpdate(DicomTag.BurnedInAnnotation, "NO"),
            "source" => data.Remove(DicomTag.SourceImageSequence),
            _ => data.AddOrUpdate(DicomTag.PatientID, "P-2"),
        };
        file.Save(path);

        Assert.IsType<GateVerdict.Held>(OutgoingGate.CheckPicture(path, source, picture));
    }

    private (string File, SourceSeries Source, Picture Picture) OfVolume()
    {
        var read = Read.Volume(new SyntheticSeries { Sample = (_, _, _) => 40 }.Write(_folder.File("ct")));
        var labels = new byte[120];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(i / 30 == 2 && i % 30 / 5 is > 0 and < 5 && i % 5 is > 0 and < 4 ? 5 : 0);
        }
        var map = new LabelMap(read.Source.Geometry, labels);
        var measurements = OrganMeasurements.Of(read.Source, map, read.Volume, Organs.Eight);
        var (picture, slices) = ResultPicture.Draw(read.Volume, true, map, measurements, "abdomen-ct-8 1");
        Assert.Equal([2], slices);
        return (Save(read.Source, picture, slices), read.Source, picture);
    }

    private (string File, SourceSeries Source, Picture Picture) OfPhotograph(int rows, int columns)
    {
        var file = Dicomizer.FromPicture(new Picture(rows, columns, new byte[3 * rows * columns]), _folder.File("derm"),
            new DicomizeOptions { Kind = DicomizeKind.Dermoscopy, CreatedAt = Organs.Model.CreatedAt });
        var read = Read.Photograph([file]);
        var labels = new byte[rows * columns];
        labels.AsSpan(labels.Length / 4, labels.Length / 2).Fill(1);
        var map = new LabelMap(read.Source.Geometry, labels);
        var measurements = OrganMeasurements.Of(read.Source, map, null, Organs.Lesion);
        var picture = ResultPicture.Draw(read.Picture, map, measurements, "lesion-dermoscopy 1");
        return (Save(read.Source, picture, [0]), read.Source, picture);
    }

    private string Save(SourceSeries source, Picture picture, IReadOnlyList<int> slices)
    {
        var path = _folder.File("picture.dcm");
        CaptureWriter.Write(source, picture, slices, Organs.Model).Save(path);
        return path;
    }

    private static (int R, int G, int B) Pixel(Picture picture, int y, int x)
    {
        var at = 3 * (y * picture.Columns + x);
        return (picture.Rgb[at], picture.Rgb[at + 1], picture.Rgb[at + 2]);
    }
}
