using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Tests.Training;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Inference;

[Collection(nameof(TensorTests))]
public sealed class SegmenterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Segmenter _segmenter = new();

    [Fact]
    public void Labels_return_on_the_grid_of_the_volume_whatever_its_size()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var volume = Noise(VolumeGeometry.Axial(5, 40, 57, new SpacingMm(5, 1.2, 0.8), new Vector3D(3, 4, 5)));

        var outcome = _segmenter.Segment(model, volume, CancellationToken.None);

        Assert.Null(outcome.Labels.Geometry.DifferenceFrom(volume.Geometry));
        Assert.Equal(volume.Voxels.Length, outcome.Labels.Labels.Length);
        Assert.True(outcome.Labels.Present().Count > 0);
        Assert.Equal(model.WeightsSha256, outcome.WeightsSha256);
    }

    [Fact]
    public void The_same_anatomy_in_another_orientation_gets_the_same_labels_at_the_same_places()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var lps = Noise(VolumeGeometry.Axial(3, 40, 48, new SpacingMm(5, 1, 1)));
        var g = lps.Geometry;

        // Rows to the front instead of the back: what an LAS file holds.
        var voxels = new float[g.VoxelCount];
        for (var z = 0; z < g.Slices; z++)
        {
            for (var row = 0; row < g.Rows; row++)
            {
                lps.Slice(z).Slice(row * g.Columns, g.Columns).CopyTo(voxels.AsSpan((z * g.Rows + g.Rows - 1 - row) * g.Columns));
            }
        }

        var las = new Volume(
            g with { ColumnDirection = new Vector3D(0, -1, 0), Origin = g.ToPatient(0, g.Rows - 1, 0) }, voxels);

        var expected = _segmenter.Segment(model, lps, CancellationToken.None).Labels;
        var actual = _segmenter.Segment(model, las, CancellationToken.None).Labels;

        Assert.Null(actual.Geometry.DifferenceFrom(las.Geometry));
        for (var row = 0; row < g.Rows; row++)
        {
            Assert.True(expected.Slice(1).Slice(row * g.Columns, g.Columns)
                .SequenceEqual(actual.Slice(1).Slice((g.Rows - 1 - row) * g.Columns, g.Columns)));
        }
    }

    [Fact]
    public void Bridges_are_cut_within_axial_slices_however_the_volume_is_stored()
    {
        TestModels.Write(_folder.File("m"), "abdomen-mr-4");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        var rules = manifest.Labels.Select(l => new LabelRule(l.Value, true, BridgeMm: 1.5)).ToList();
        TestModels.Rewrite(_folder.File("m"), manifest with { Postprocessing = rules });
        using var model = LoadedModel.Load(_folder.File("m"));
        var axial = Noise(VolumeGeometry.Axial(4, 40, 48, new SpacingMm(5, 1, 1)));
        var g = axial.Geometry;

        // The same voxels stored as 40 slices of 4 x 48, one behind the other: slices go to the back, rows to the head.
        var voxels = new float[g.VoxelCount];
        for (var z = 0; z < g.Slices; z++)
        {
            for (var row = 0; row < g.Rows; row++)
            {
                axial.Slice(z).Slice(row * g.Columns, g.Columns).CopyTo(voxels.AsSpan((row * g.Slices + z) * g.Columns));
            }
        }

        var coronal = new Volume(
            g with
            {
                Slices = g.Rows, Rows = g.Slices, RowSpacingMm = 5,
                ColumnDirection = new Vector3D(0, 0, 1), SliceStep = new Vector3D(0, 1, 0),
            },
            voxels);

        var expected = _segmenter.Segment(model, axial, CancellationToken.None).Labels;
        var actual = _segmenter.Segment(model, coronal, CancellationToken.None).Labels;

        for (var z = 0; z < g.Slices; z++)
        {
            for (var row = 0; row < g.Rows; row++)
            {
                Assert.True(expected.Slice(z).Slice(row * g.Columns, g.Columns)
                    .SequenceEqual(actual.Slice(row).Slice(z * g.Columns, g.Columns)));
            }
        }
    }

    [Fact]
    public void The_batch_size_does_not_change_the_result()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var volume = Noise(VolumeGeometry.Axial(5, 64, 64, new SpacingMm(5, 1, 1)));

        var one = new Segmenter(1).Segment(model, volume, CancellationToken.None).Labels;
        var three = new Segmenter(3).Segment(model, volume, CancellationToken.None).Labels;

        Assert.True(one.Labels.SequenceEqual(three.Labels));
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(31, 47)]
    [InlineData(300, 517)]
    public void A_picture_of_any_size_gets_a_mask_of_its_size(int rows, int columns)
    {
        using var model = TestModels.Random(_folder.File("m"), "lesion-dermoscopy");
        var random = new SeededRandom(1);
        var picture = new Picture(rows, columns, [.. Enumerable.Range(0, 3 * rows * columns).Select(_ => (byte)random.Next(256))]);

        var labels = _segmenter.Segment(model, picture, CancellationToken.None).Labels;

        Assert.Equal((1, rows, columns), (labels.Geometry.Slices, labels.Geometry.Rows, labels.Geometry.Columns));
        Assert.True(labels.Geometry.IsPicture);
        Assert.All(labels.Present(), v => Assert.Equal(1, v));
    }

    [Fact]
    public void Clean_up_keeps_the_largest_part_and_notes_a_large_loss()
    {
        TestModels.Write(_folder.File("m"), "abdomen-mr-4");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        var rules = manifest.Labels.Select(l => new LabelRule(l.Value, true)).ToList();
        TestModels.Rewrite(_folder.File("m"), manifest with { Postprocessing = rules });
        using var model = LoadedModel.Load(_folder.File("m"));
        var volume = Noise(VolumeGeometry.Axial(3, 64, 64, new SpacingMm(5, 1, 1)));

        var outcome = _segmenter.Segment(model, volume, CancellationToken.None);

        Assert.All(outcome.Labels.Present(), v => Assert.Single(Components.Find(outcome.Labels, v)));
        Assert.NotEmpty(outcome.Notes);
    }

    [Fact]
    public void Clean_up_removes_parts_below_a_volume_whatever_the_voxels_are()
    {
        TestModels.Write(_folder.File("m"), "abdomen-mr-4");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        var rules = manifest.Labels.Select(l => new LabelRule(l.Value, SmallestMm3: 60)).ToList();
        TestModels.Rewrite(_folder.File("m"), manifest with { Postprocessing = rules });
        using var model = LoadedModel.Load(_folder.File("m"));
        var volume = Noise(VolumeGeometry.Axial(3, 64, 64, new SpacingMm(5, 1, 1)));

        var outcome = _segmenter.Segment(model, volume, CancellationToken.None);

        var parts = outcome.Labels.Present().SelectMany(v => Components.Find(outcome.Labels, v).Skip(1)).ToList();
        Assert.All(parts, part => Assert.True(part.Voxels >= 12, $"{part.Voxels} voxels of 5 mm³"));
        Assert.Contains(parts, part => part.Voxels < 60); // millimetres are not voxels
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-3.0)]
    public void A_smallest_part_without_a_size_is_refused(double smallest)
    {
        TestModels.Write(_folder.File("m"), "abdomen-mr-4");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        TestModels.Rewrite(_folder.File("m"), manifest with { Postprocessing = [new LabelRule(1, SmallestMm3: smallest)] });

        var e = Assert.Throws<BadInputException>(() => ModelFiles.ReadManifest(_folder.File("m")));

        Assert.Contains("smallest_mm3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_the_wrong_kind_of_image_and_values_that_are_no_numbers()
    {
        using var lesion = TestModels.Random(_folder.File("a"), "lesion-dermoscopy");
        using var organs = TestModels.Random(_folder.File("b"), "abdomen-mr-4");
        var (picture, _) = SyntheticData.Disc(1, 16);
        var (volume, _) = SyntheticData.Boxes(1, 32, 2);
        var broken = new Volume(volume.Geometry, [.. volume.Voxels.ToArray().Select((v, i) => i == 5 ? float.NaN : v)]);

        Assert.Throws<BadInputException>(() => _segmenter.Segment(lesion, volume, CancellationToken.None));
        Assert.Throws<BadInputException>(() => _segmenter.Segment(organs, picture, CancellationToken.None));
        Assert.Throws<BadInputException>(() => _segmenter.Segment(organs, broken, CancellationToken.None));
    }

    [Fact]
    public void A_constant_volume_is_segmented_without_a_fault()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var geometry = VolumeGeometry.Axial(1, 32, 32, new SpacingMm(5, 1, 1));

        var outcome = _segmenter.Segment(model, new Volume(geometry, new float[geometry.VoxelCount]), CancellationToken.None);

        Assert.Equal(1024, outcome.Labels.Labels.Length);
    }

    [Fact]
    public void Stops_between_batches_when_asked_to()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var (volume, _) = SyntheticData.Boxes(1, 32, 2);

        Assert.Throws<OperationCanceledException>(() => _segmenter.Segment(model, volume, new CancellationToken(true)));
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using var model = TestModels.Random(_folder.File("m"), "abdomen-mr-4");
        var (volume, _) = SyntheticData.Boxes(1, 32, 4);
        _segmenter.Segment(model, volume, CancellationToken.None);
        var before = torch.Tensor.TotalCount;

        _segmenter.Segment(model, volume, CancellationToken.None);

        // The collector may finalise what other tests left at any time, so the count may fall; only a leak lets it rise.
        Assert.True(torch.Tensor.TotalCount <= before, $"{torch.Tensor.TotalCount - before} tensors more");
    }

    public void Dispose() => _folder.Dispose();

    private static Volume Noise(VolumeGeometry geometry)
    {
        var random = new SeededRandom(8);
        var coarse = new Augmenter.SmoothField(random, 1);
        var voxels = new float[geometry.VoxelCount];
        for (var i = 0; i < voxels.Length; i++)
        {
            var (row, column) = (i / geometry.Columns % geometry.Rows, i % geometry.Columns);
            voxels[i] = 500 + (float)(200 * coarse.At((double)row / geometry.Rows - 0.5, (double)column / geometry.Columns - 0.5)
                + 60 * random.Gaussian());
        }

        return new Volume(geometry, voxels);
    }
}
