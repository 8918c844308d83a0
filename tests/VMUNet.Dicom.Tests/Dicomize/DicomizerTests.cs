using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Dicomize;

public sealed class DicomizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DicomizeKind.Ct)]
    [InlineData(DicomizeKind.Mr)]
    public void Whole_numbers_come_back_exactly(DicomizeKind kind)
    {
        var volume = Volume(i => i % 400 - 120);

        var read = Read.Volume(Dicomizer.FromVolume(volume, _folder.Path, Options(kind)));

        Assert.True(read.Volume.Voxels.SequenceEqual(volume.Voxels));
        Assert.Null(read.Volume.Geometry.DifferenceFrom(volume.Geometry));
        Assert.Equal(kind == DicomizeKind.Ct ? "CT" : "MR", read.Source.Modality);
    }

    [Fact]
    public void Fractions_come_back_within_half_a_step()
    {
        var volume = Volume(i => MathF.Sin(i) * 3.7f + 1);

        var read = Read.Volume(Dicomizer.FromVolume(volume, _folder.Path, Options(DicomizeKind.Mr)));

        for (var i = 0; i < volume.Voxels.Length; i++)
        {
            Assert.InRange(read.Volume.Voxels[i] - volume.Voxels[i], -0.6e-4, 0.6e-4);
        }
    }

    [Fact]
    public void A_sagittal_volume_becomes_axial_without_resampling()
    {
        var sagittal = new Volume(new VolumeGeometry
        {
            Slices = 3,
            Rows = 4,
            Columns = 5,
            Origin = new Vector3D(10, 20, 30),
            RowDirection = new Vector3D(0, 1, 0),
            ColumnDirection = new Vector3D(0, 0, -1),
            SliceStep = new Vector3D(-2, 0, 0),
            RowSpacingMm = 1.5,
            ColumnSpacingMm = 0.5,
        }, [.. Enumerable.Range(0, 60).Select(i => (float)i)]);

        var axial = Read.Volume(Dicomizer.FromVolume(sagittal, _folder.Path, Options(DicomizeKind.Mr))).Volume;

        Assert.Equal((4, 5, 3), (axial.Geometry.Slices, axial.Geometry.Rows, axial.Geometry.Columns));
        for (var i = 0; i < 60; i++)
        {
            var (z, y, x) = axial.Geometry.ToIndex(sagittal.Geometry.ToPatient(i / 20, i / 5 % 4, i % 5));
            Assert.Equal(i, axial.Slice((int)Math.Round(z))[(int)Math.Round(y) * 3 + (int)Math.Round(x)]);
        }
    }

    [Fact]
    public void A_volume_with_nan_is_refused()
    {
        var volume = Volume(i => i == 5 ? float.NaN : 0);

        Assert.Throws<BadInputException>(() => Dicomizer.FromVolume(volume, _folder.Path, Options(DicomizeKind.Ct)));
    }

    [Fact]
    public void A_picture_comes_back_pixel_by_pixel_with_the_patient_id_given()
    {
        var picture = new Picture(5, 7, [.. Enumerable.Range(0, 105).Select(i => (byte)(i * 11))]);

        var file = Dicomizer.FromPicture(picture, _folder.Path, Options(DicomizeKind.Dermoscopy) with { LossyRatio = 12.34 });

        var read = Read.Photograph([file]);
        Assert.True(read.Picture.Rgb.SequenceEqual(picture.Rgb));
        Assert.Equal("1.2.840.10008.5.1.4.1.1.77.1.4", read.Source.SopClassUid);
        var data = DicomFile.Open(file).Dataset;
        Assert.Equal("CASE 7", data.GetString(DicomTag.PatientID));
        Assert.Equal(("01", "12.34"), (data.GetString(DicomTag.LossyImageCompression),
            data.GetString(DicomTag.LossyImageCompressionRatio)));
    }

    [Theory]
    [InlineData(DicomizeKind.Ct)]
    [InlineData(DicomizeKind.Mr)]
    [InlineData(DicomizeKind.Dermoscopy)]
    public void Dicom3tools_finds_no_error_in_what_is_written(DicomizeKind kind)
    {
        var options = Options(kind) with { BodyPart = kind == DicomizeKind.Dermoscopy ? "" : "ABDOMEN", LossyRatio = 8 };
        var file = kind == DicomizeKind.Dermoscopy
            ? Dicomizer.FromPicture(new Picture(5, 7, new byte[105]), _folder.Path, options)
            : Dicomizer.FromVolume(Volume(i => i / 7f), _folder.Path, options)[0];

        Assert.Empty(Oracle.DicomErrors(file));
    }

    private static DicomizeOptions Options(DicomizeKind kind) => new()
    {
        Kind = kind,
        CreatedAt = Organs.Model.CreatedAt,
        PatientId = "CASE 7",
    };

    private static Volume Volume(Func<int, float> value) =>
        new(VolumeGeometry.Axial(3, 4, 5, new SpacingMm(3, 0.7, 0.6), new Vector3D(-100.25, 50, 12.5)),
            [.. Enumerable.Range(0, 60).Select(value)]);
}
