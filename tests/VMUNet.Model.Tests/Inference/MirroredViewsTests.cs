using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Inference;

[Collection(nameof(TensorTests))]
public sealed class MirroredViewsTests : IDisposable
{
    private const int Side = 64;

    private readonly TemporaryFolder _folder = new();
    private readonly Segmenter _segmenter = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void Each_view_is_turned_back_to_the_image_it_came_from(int view)
    {
        using var image = torch.arange(2 * 5 * 5).reshape(2, 5, 5);
        using var turned = MirroredViews.Turn(image, view);
        using var back = MirroredViews.TurnBack(turned, view);

        Assert.Equal(view == 0, turned.equal(image).all().item<bool>());
        Assert.True(back.equal(image).all().item<bool>());
    }

    [Fact]
    public void The_eight_views_all_differ()
    {
        using var scope = torch.NewDisposeScope();
        using var image = torch.arange(9).reshape(3, 3);

        var seen = Enumerable.Range(0, 8).Select(v => string.Join(',', MirroredViews.Turn(image, v).contiguous().data<long>())).ToHashSet();

        Assert.Equal(8, seen.Count);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(null, false)]
    public void With_all_views_a_turned_photograph_gets_the_turned_mask(int? views, bool expected)
    {
        using var model = WithViews(views);
        var picture = Noise();
        var turned = new Picture(Side, Side, Turned(picture.Rgb.ToArray(), 3));

        var upright = _segmenter.Segment(model, picture, CancellationToken.None).Labels.Labels.ToArray();
        var lying = _segmenter.Segment(model, turned, CancellationToken.None).Labels.Labels.ToArray();

        // A pixel whose probability is a half to the last digit may fall to either side, as the sums are in another order.
        var different = Turned(upright, 1).Zip(lying).Count(p => p.First != p.Second);
        Assert.Equal(expected, different <= 2);
        Assert.InRange(upright.Count(v => v != 0), Side, Side * (Side - 1));
    }

    [Theory]
    [InlineData("lesion-dermoscopy", 3, "1, 2, 4 or 8")]
    [InlineData("lesion-dermoscopy", 0, "1, 2, 4 or 8")]
    [InlineData("abdomen-mr-4", 2, "left and right")]
    public void Views_that_do_not_exist_or_that_mirror_a_body_are_refused(string task, int views, string expected)
    {
        TestModels.Write(_folder.File("m"), task);
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        TestModels.Rewrite(_folder.File("m"), manifest with { Preprocessing = manifest.Preprocessing with { Views = views } });

        var e = Assert.Throws<BadInputException>(() => LoadedModel.Load(_folder.File("m")));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private LoadedModel WithViews(int? views)
    {
        TestModels.Write(_folder.File("m"), "lesion-dermoscopy");
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        TestModels.Rewrite(_folder.File("m"), manifest with { Preprocessing = manifest.Preprocessing with { Views = views } });
        return LoadedModel.Load(_folder.File("m"));
    }

    private static Picture Noise()
    {
        var random = new SeededRandom(2);
        return new Picture(Side, Side, [.. Enumerable.Range(0, 3 * Side * Side).Select(_ => (byte)random.Next(256))]);
    }

    /// <summary>A square turned by a quarter.</summary>
    private static byte[] Turned(byte[] pixels, int channels)
    {
        var turned = new byte[pixels.Length];
        for (var row = 0; row < Side; row++)
        {
            for (var column = 0; column < Side; column++)
            {
                pixels.AsSpan((row * Side + column) * channels, channels).CopyTo(turned.AsSpan((column * Side + Side - 1 - row) * channels));
            }
        }

        return turned;
    }
}
