using VMUNet.Imaging;

namespace VMUNet.Model.Tests.Inference;

public sealed class InputScalingTests
{
    [Fact]
    public void A_slice_brings_its_neighbours_each_with_its_own_labels_and_the_ends_repeat_themselves()
    {
        var geometry = VolumeGeometry.Axial(3, 2, 2, new SpacingMm(5, 1, 1));
        float[] voxels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        byte[] labels = [10, 0, 0, 0, 0, 11, 0, 0, 0, 0, 12, 0];
        var scaled = new ScaledVolume(geometry, voxels, labels, 0, 1, slicesPerInput: 3);

        Assert.Equal([0, 0, 1], Planes(0));
        Assert.Equal([0, 1, 2], Planes(1));
        Assert.Equal([1, 2, 2], Planes(2));

        int[] Planes(int z)
        {
            var sample = scaled.Slice(z);
            Assert.True(sample.PlaneLabels[1].Span.SequenceEqual(sample.Labels.Span));
            for (var c = 0; c < 3; c++)
            {
                var value = (int)sample.Planes[c].Span[0];
                Assert.Equal(10 + value, sample.PlaneLabels[c].Span[value]);
            }

            return [.. sample.Planes.Select(p => (int)p.Span[0])];
        }
    }

    [Fact]
    public void A_slice_without_labels_has_none_for_its_planes()
    {
        var geometry = VolumeGeometry.Axial(1, 2, 2, new SpacingMm(5, 1, 1));

        var sample = new ScaledVolume(geometry, new float[4], default, 0, 1, slicesPerInput: 3).Slice(0);

        Assert.True(sample.Labels.IsEmpty);
        Assert.Empty(sample.PlaneLabels);
    }
}
