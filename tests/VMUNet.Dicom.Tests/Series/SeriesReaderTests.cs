using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Series;

public sealed class SeriesReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_volume_that_may_take_more_memory_than_is_given_is_refused_before_it_is_read()
    {
        var files = new SyntheticSeries().Write(_folder.Path);
        MemoryBound? told = null;

        using var little = new MemoryBudget { LimitBytes = 1024, Announce = b => told = b };
        var refused = SeriesReader.Read(files, little, CancellationToken.None);

        Assert.Equal(4, told!.Geometry.Slices);
        Assert.Equal(RefusalReason.TooLarge, Assert.IsType<SeriesContent.Refused>(refused).Reason);
        using var enough = new MemoryBudget { LimitBytes = told.Bytes };
        Assert.IsType<SeriesContent.AsVolume>(SeriesReader.Read(files, enough, CancellationToken.None));
    }

    [Fact]
    public void Sorts_along_the_normal_whatever_names_and_instance_numbers_say()
    {
        var positions = SyntheticSeries.Along([0, 0, 2.5], 4);
        var files = new SyntheticSeries { Positions = [positions[2], positions[0], positions[3], positions[1]] }
            .Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal([100f, 300f, 0f, 200f], Enumerable.Range(0, 4).Select(z => read.Volume.Slice(z)[0]));
        Assert.Equal(["2.25.1002.2", "2.25.1002.4", "2.25.1002.1", "2.25.1002.3"],
            read.Source.Frames.Select(f => f.SopInstanceUid));
        Assert.Empty(read.Notes);
    }

    [Fact]
    public void Rows_and_columns_and_their_spacings_are_not_exchanged()
    {
        var files = new SyntheticSeries().Write(_folder.Path);

        var volume = Read.Volume(files).Volume;

        Assert.Equal((4, 6, 5), (volume.Geometry.Slices, volume.Geometry.Rows, volume.Geometry.Columns));
        Assert.Equal(new SpacingMm(2.5, 0.75, 0.5), volume.Geometry.Spacing);
        Assert.Equal(new Vector3D(4 * 0.5, -10 + 5 * 0.75, -20 + 3 * 2.5), volume.Geometry.ToPatient(3, 5, 4));
        Assert.Equal(100f + 10 * 4 + 3, volume.Slice(1)[4 * 5 + 3]);
    }

    [Fact]
    public void The_stack_runs_with_the_normal_when_axes_are_negated()
    {
        var files = new SyntheticSeries { Orientation = [-1, 0, 0, 0, 1, 0] }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(300f, read.Volume.Slice(0)[0]);
        Assert.Equal(-2.5, read.Volume.Geometry.SliceStep.Z, 9);
        Assert.True(read.Volume.Geometry.IsRegular);
    }

    [Fact]
    public void An_empty_folder_is_refused()
    {
        var detail = Read.Refusal(SeriesReader.FilesIn(_folder.Path), RefusalReason.Empty);

        Assert.Contains("expected", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_not_dicom_are_refused()
    {
        File.WriteAllText(_folder.File("notes.txt"), "not an image");

        var detail = Read.Refusal(SeriesReader.FilesIn(_folder.Path), RefusalReason.NotDicom);

        Assert.Contains("dicomize", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stray_file_beside_the_images_is_left_out_with_a_note()
    {
        var files = new SyntheticSeries().Write(_folder.Path);
        File.WriteAllText(_folder.File("notes.txt"), "not an image");

        var read = Read.Volume([.. files, _folder.File("notes.txt")]);

        Assert.Equal(4, read.Volume.Geometry.Slices);
        Assert.Contains("1 files that are no DICOM", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_different_slices_at_one_position_are_refused()
    {
        var files = new SyntheticSeries { Positions = [.. SyntheticSeries.Along([0, 0, 2.5], 3), [0, -10, -15]] }
            .Write(_folder.Path);

        var detail = Read.Refusal(files, RefusalReason.AmbiguousDuplicate);

        Assert.Contains("2.25.1002 has 2 slices at position 0, -10, -15 mm", detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slice_that_came_twice_is_used_once()
    {
        var files = new SyntheticSeries
        {
            Positions = [.. SyntheticSeries.Along([0, 0, 2.5], 3), [0, -10, -15]],
            Sample = (image, row, column) => (short)(100 * (image == 3 ? 2 : image) + row + column),
        }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(3, read.Volume.Geometry.Slices);
        Assert.Contains(read.Notes, n => n.Contains("repeat another one", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_phases_in_one_series_are_told_apart_by_acquisition_number()
    {
        var files = new SyntheticSeries
        {
            Positions = [.. SyntheticSeries.Along([0, 0, 2.5], 3), .. SyntheticSeries.Along([0, 0, 2.5], 3)],
            Change = (data, i) => data.Add(DicomTag.AcquisitionNumber, i < 3 ? "12" : "2"),
        }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal([300f, 400f, 500f], Enumerable.Range(0, 3).Select(z => read.Volume.Slice(z)[0]));
        Assert.Contains(read.Notes, n => n.Contains("acquisition number '2'", StringComparison.Ordinal));
    }

    [Fact]
    public void One_slice_is_a_volume_of_one_slice_with_a_note()
    {
        var files = new SyntheticSeries { Positions = [[0, 0, 7]] }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(1, read.Volume.Geometry.Slices);
        Assert.Equal(2.5, read.Volume.Geometry.Spacing.Z);
        Assert.StartsWith("single-slice", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_orientations_without_a_majority_are_refused()
    {
        var files = new SyntheticSeries
        {
            Change = (data, i) => data.AddOrUpdate(
                DicomTag.ImageOrientationPatient, i < 2 ? "1\\0\\0\\0\\1\\0" : "1\\0\\0\\0\\0\\-1"),
        }.Write(_folder.Path);

        var detail = Read.Refusal(files, RefusalReason.MixedOrientation);

        Assert.Contains("orientation", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e9\\0\\0", "0.75\\0.5")]
    [InlineData("1e300\\0\\0", "0.75\\0.5")]
    [InlineData("0\\0\\0", "0.75\\1e-30")]
    [InlineData("0\\0\\0", "0.75\\5000")]
    [InlineData("0\\0\\0", "-0.75\\0.5")]
    public void An_absurd_place_is_refused(string position, string spacing)
    {
        var files = new SyntheticSeries
        {
            Change = (data, i) =>
            {
                if (i == 1)
                {
                    data.NotValidated().AddOrUpdate(DicomTag.ImagePositionPatient, position.Split('\\'));
                }
                data.AddOrUpdate(DicomTag.PixelSpacing, spacing.Split('\\'));
            },
        }.Write(_folder.Path);

        var detail = Read.Refusal(files, RefusalReason.MissingGeometry);

        Assert.Contains("expected two perpendicular unit vectors", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NaN", "0")]
    [InlineData("1", "abc")]
    [InlineData("1e30", "0")]
    [InlineData("1", "-1e39")]
    public void A_rescale_that_gives_no_finite_number_is_refused(string slope, string intercept)
    {
        var files = new SyntheticSeries
        {
            Change = (data, _) => data.NotValidated()
                .AddOrUpdate(DicomTag.RescaleSlope, slope).AddOrUpdate(DicomTag.RescaleIntercept, intercept),
        }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.BadRescale);
    }

    [Theory]
    [InlineData("(0010,0020)")]
    [InlineData("(0020,000d)")]
    public void Slices_of_two_patients_or_studies_never_become_one_volume(string tag)
    {
        var files = new SyntheticSeries
        {
            Change = (data, i) => data.AddOrUpdate(DicomTag.Parse(tag), i == 2 ? "2.25.999" : "2.25.998"),
        }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.SeveralSeries);
    }

    [Fact]
    public void The_largest_of_several_sizes_wins_without_a_majority()
    {
        var files = new SyntheticSeries
        {
            Positions = SyntheticSeries.Along([0, 0, 2.5], 5),
            Change = (data, i) => data.AddOrUpdate(
                DicomTag.PixelSpacing, i < 2 ? "0.75" : i == 2 ? "0.8" : i == 3 ? "0.9" : "1", "0.5"),
        }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(2, read.Volume.Geometry.Slices);
        Assert.Contains("3 images of another", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_few_images_of_another_size_are_left_out_with_a_note()
    {
        var files = new SyntheticSeries { Change = (data, i) => Shrink(data, i == 3) }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(3, read.Volume.Geometry.Slices);
        Assert.Contains("1 images of another", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_pixel_data_are_refused()
    {
        var files = new SyntheticSeries { Change = (data, _) => data.Remove(DicomTag.PixelData) }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.NoPixelData);
    }

    [Fact]
    public void One_image_without_pixel_data_is_named()
    {
        var files = new SyntheticSeries
        {
            Change = (data, i) => data.Remove(i == 2 ? [DicomTag.PixelData] : []),
        }.Write(_folder.Path);

        Assert.Contains("2.25.1002.3", Read.Refusal(files, RefusalReason.NoPixelData), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ImagePositionPatient")]
    [InlineData("ImageOrientationPatient")]
    [InlineData("PixelSpacing")]
    public void A_ct_without_geometry_is_refused(string missing)
    {
        var tag = missing switch
        {
            "ImagePositionPatient" => DicomTag.ImagePositionPatient,
            "ImageOrientationPatient" => DicomTag.ImageOrientationPatient,
            _ => DicomTag.PixelSpacing,
        };
        var files = new SyntheticSeries { Change = (data, _) => data.Remove(tag) }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.MissingGeometry);
    }

    [Fact]
    public void Files_of_two_series_are_refused_and_grouped_on_request()
    {
        var one = new SyntheticSeries().Write(_folder.File("a"));
        var two = new SyntheticSeries { SeriesUid = "2.25.2002" }.Write(_folder.File("b"));
        File.WriteAllText(_folder.File("notes.txt"), "not an image");

        Assert.Contains("2.25.2002", Read.Refusal([.. one, .. two], RefusalReason.SeveralSeries), StringComparison.Ordinal);
        Assert.Equal([one, two], SeriesReader.GroupBySeries(SeriesReader.FilesIn(_folder.Path)));
    }

    [Fact]
    public void Twelve_signed_bits_are_extended_and_unused_bits_ignored()
    {
        var files = new SyntheticSeries
        {
            // -5 in 12 bits is 0xFFB; the four bits above carry rubbish
            Sample = (_, row, column) => (short)(row == 0 && column == 0 ? 0x5FFB : 0x2007),
            Change = (data, _) => data.AddOrUpdate(DicomTag.BitsStored, (ushort)12).AddOrUpdate(DicomTag.HighBit, (ushort)11),
        }.Write(_folder.Path);

        var volume = Read.Volume(files).Volume;

        Assert.Equal(-5f, volume.Voxels[0]);
        Assert.Equal(7f, volume.Voxels[1]);
    }

    [Fact]
    public void Slope_and_intercept_are_applied_slice_by_slice()
    {
        var files = new SyntheticSeries
        {
            Sample = (_, _, _) => 10,
            Change = (data, i) => data.AddOrUpdate(DicomTag.RescaleSlope, i == 1 ? "0.5" : "2")
                .AddOrUpdate(DicomTag.RescaleIntercept, "-1024"),
        }.Write(_folder.Path);

        var volume = Read.Volume(files).Volume;

        Assert.Equal([-1004f, -1019f, -1004f, -1004f], Enumerable.Range(0, 4).Select(z => volume.Slice(z)[0]));
    }

    [Fact]
    public void Padding_of_a_ct_becomes_air()
    {
        var files = new SyntheticSeries
        {
            Sample = (_, row, _) => (short)(row == 0 ? -2000 : 40),
            Change = (data, _) => data.Add(new DicomSignedShort(DicomTag.PixelPaddingValue, -2000)),
        }.Write(_folder.Path);

        var volume = Read.Volume(files).Volume;

        Assert.Equal(-1024f, volume.Voxels[0]);
        Assert.Equal(40f, volume.Voxels[5]);
    }

    [Fact]
    public void A_slope_of_zero_is_refused()
    {
        var files = new SyntheticSeries { Change = (data, _) => data.AddOrUpdate(DicomTag.RescaleSlope, "0") }
            .Write(_folder.Path);

        Read.Refusal(files, RefusalReason.BadRescale);
    }

    [Fact]
    public void A_missing_slice_is_read_slice_by_slice_with_a_note()
    {
        var positions = SyntheticSeries.Along([0, 0, 2.5], 6).Where((_, i) => i != 3).ToList();
        var files = new SyntheticSeries { Positions = positions }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.False(read.Volume.Geometry.IsRegular);
        Assert.Equal(2.5, read.Volume.Geometry.Spacing.Z, 9);
        Assert.Equal(positions[4][2], read.Volume.Geometry.ToPatient(4, 0, 0).Z, 9);
        Assert.StartsWith("irregular-spacing", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Rounded_positions_still_make_an_even_stack()
    {
        var positions = SyntheticSeries.Along([0, 0, 2.5], 8).Select((p, i) => new[] { p[0], p[1], p[2] + 0.004 * (i % 2) });
        var files = new SyntheticSeries { Positions = [.. positions] }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.True(read.Volume.Geometry.IsRegular);
        Assert.Empty(read.Notes);
    }

    [Fact]
    public void Gantry_tilt_is_seen_in_the_positions()
    {
        var files = new SyntheticSeries { Positions = SyntheticSeries.Along([0, 0.4, 2.5], 5) }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.False(read.Volume.Geometry.IsRegular);
        Assert.StartsWith("gantry-tilt", Assert.Single(read.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_is_refused_as_damaged()
    {
        var files = new SyntheticSeries().Write(_folder.Path);
        var bytes = File.ReadAllBytes(files[1]);
        File.WriteAllBytes(files[1], bytes[..^20]);

        Assert.Contains("image001.dcm", Read.Refusal(files, RefusalReason.Damaged), StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_pixels_are_refused_as_damaged()
    {
        var files = new SyntheticSeries { Change = (data, _) => data.AddOrUpdate(DicomTag.Rows, (ushort)60) }
            .Write(_folder.Path);

        Read.Refusal(files, RefusalReason.Damaged);
    }

    [Fact]
    public void A_size_that_lies_is_refused_before_memory_is_taken()
    {
        var files = new SyntheticSeries
        {
            Positions = SyntheticSeries.Along([0, 0, 1], 2),
            Change = (data, _) => data.AddOrUpdate(DicomTag.Rows, (ushort)65535).AddOrUpdate(DicomTag.Columns, (ushort)65535),
        }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.TooLarge);
    }

    [Fact]
    public void Localizers_and_derived_images_are_left_out_beside_original_ones()
    {
        var files = new SyntheticSeries
        {
            Positions = SyntheticSeries.Along([0, 0, 2.5], 5),
            Change = (data, i) => data.AddOrUpdate(DicomTag.ImageType,
                i == 0 ? "ORIGINAL\\PRIMARY\\LOCALIZER" : i == 1 ? "DERIVED\\SECONDARY\\AXIAL" : "ORIGINAL\\PRIMARY\\AXIAL"),
        }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(3, read.Volume.Geometry.Slices);
        Assert.Equal(2, read.Notes.Count);
    }

    [Fact]
    public void A_capture_among_the_slices_is_left_out()
    {
        var files = new SyntheticSeries
        {
            Change = (data, i) => data.AddOrUpdate(DicomTag.SOPClassUID,
                i == 1 ? "1.2.840.10008.5.1.4.1.1.7" : "1.2.840.10008.5.1.4.1.1.2"),
        }.Write(_folder.Path);

        var read = Read.Volume(files);

        Assert.Equal(3, read.Source.Frames.Count);
        Assert.Contains(read.Notes, n => n.StartsWith("1 captures", StringComparison.Ordinal));
    }

    [Fact]
    public void Multi_frame_images_that_say_no_place_are_refused()
    {
        var files = new SyntheticSeries { Change = (data, _) => data.Add(DicomTag.NumberOfFrames, "3") }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.UnsupportedObject);
    }

    [Theory]
    [InlineData("jpeg_progressive_retired.dcm", "1.2.840.10008.1.2.4.55")]
    [InlineData("jpeg_spectral_retired.dcm", "1.2.840.10008.1.2.4.53")]
    public void Compressed_images_without_a_decoder_are_refused_by_their_syntax(string name, string syntax)
    {
        var file = SharedFolder.Need("data", "dicom-transfer-syntaxes", "ct_one_image", name);

        var refused = Assert.IsType<SeriesContent.Refused>(SeriesReader.Read([file], CancellationToken.None));

        Assert.Equal(RefusalReason.UnsupportedEncoding, refused.Reason);
        Assert.Contains(syntax, refused.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("implicit_le.dcm")]
    [InlineData("deflated.dcm")]
    [InlineData("explicit_be.dcm")]
    [InlineData("rle.dcm")]
    public void The_digest_is_the_same_in_every_lossless_transfer_syntax(string name)
    {
        var plain = SharedFolder.Need("data", "dicom-transfer-syntaxes", "ct_one_image", "explicit_le.dcm");
        var other = SharedFolder.Need("data", "dicom-transfer-syntaxes", "ct_one_image", name);

        Assert.Equal(Read.Volume([plain]).Source.PixelDigest, Read.Volume([other]).Source.PixelDigest);
    }

    [Fact]
    public void The_digest_follows_the_pixels_and_their_place_and_nothing_else()
    {
        var positions = SyntheticSeries.Along([0, 0, 2.5], 4);
        var plain = Digest(new SyntheticSeries());
        var shuffled = Digest(new SyntheticSeries
        {
            SeriesUid = "2.25.5",
            Positions = [positions[3], positions[2], positions[1], positions[0]],
            Sample = (image, row, column) => (short)(100 * (3 - image) + 10 * row + column),
            Change = (data, _) => data.AddOrUpdate(DicomTag.PatientName, "Other^Name"),
        });
        var changed = Digest(new SyntheticSeries { Sample = (image, _, _) => (short)image });

        Assert.Matches("^[0-9a-f]{64}$", plain);
        Assert.Equal(plain, shuffled);
        Assert.NotEqual(plain, changed);
        Assert.NotEqual(plain, Digest(new SyntheticSeries { Positions = SyntheticSeries.Along([0, 0, 2.6], 4) }));
        Assert.NotEqual(plain, Digest(new SyntheticSeries
        {
            Change = (data, _) => data.AddOrUpdate(DicomTag.PixelSpacing, 0.123m, 0.123m),
        }));
    }

    [Fact]
    public void A_segmentation_is_no_image_series()
    {
        var files = new SyntheticSeries { SopClass = "1.2.840.10008.5.1.4.1.1.66.4", Modality = "SEG" }.Write(_folder.Path);

        Read.Refusal(files, RefusalReason.UnsupportedObject);
    }

    private string Digest(SyntheticSeries series) =>
        Read.Volume(series.Write(_folder.File(Guid.NewGuid().ToString("N")))).Source.PixelDigest;

    private static void Shrink(DicomDataset data, bool isShrunk)
    {
        if (isShrunk)
        {
            data.AddOrUpdate(DicomTag.Rows, (ushort)3);
        }
    }
}
