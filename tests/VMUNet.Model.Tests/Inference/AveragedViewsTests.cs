using System.Text.Json;
using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Inference;

[Collection(nameof(TensorTests))]
public sealed class AveragedViewsTests : IDisposable
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
        using var turned = AveragedViews.Turn(image, view);
        using var back = AveragedViews.TurnBack(turned, view);

        Assert.Equal(view == 0, turned.equal(image).all().item<bool>());
        Assert.True(back.equal(image).all().item<bool>());
    }

    [Fact]
    public void The_eight_views_all_differ()
    {
        using var scope = torch.NewDisposeScope();
        using var image = torch.arange(9).reshape(3, 3);

        var seen = Enumerable.Range(0, 8).Select(v => string.Join(',', AveragedViews.Turn(image, v).contiguous().data<long>())).ToHashSet();

        Assert.Equal(8, seen.Count);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(null, false)]
    public void With_all_views_a_turned_photograph_gets_the_turned_mask(int? views, bool expected)
    {
        using var model = WithRules("lesion-dermoscopy", new PredictionRules { MirroredViews = views });
        var picture = Noise();
        var turned = new Picture(Side, Side, Turned(picture.Rgb.ToArray(), 3));

        var upright = _segmenter.Segment(model, picture, CancellationToken.None).Labels.Labels.ToArray();
        var lying = _segmenter.Segment(model, turned, CancellationToken.None).Labels.Labels.ToArray();

        // A pixel whose probability is a half to the last digit may fall to either side, as the sums are in another order.
        var different = Turned(upright, 1).Zip(lying).Count(p => p.First != p.Second);
        Assert.Equal(expected, different <= 2);
        Assert.InRange(upright.Count(v => v != 0), Side, Side * (Side - 1));
    }

    [Fact]
    public void A_zoomed_image_zoomed_back_is_the_image_but_for_its_rim()
    {
        using var scope = torch.NewDisposeScope();
        using var line = torch.linspace(0, 1, Side);
        using var image = line.reshape(1, 1, 1, Side).expand(2, 1, Side, Side).contiguous();

        using var back = AveragedViews.Zoomed(AveragedViews.Zoomed(image, 0.8), 1 / 0.8);
        using var larger = AveragedViews.Zoomed(image, 2);

        const int Rim = 8;
        Assert.True(Inner(back, Rim).allclose(Inner(image, Rim), 0, 1e-4));
        Assert.Equal(2.0 / (Side - 1), (image[0, 0, 5, 40].item<float>() - image[0, 0, 5, 38].item<float>()), 5);
        Assert.Equal(1.0 / (Side - 1), larger[0, 0, 5, 40].item<float>() - larger[0, 0, 5, 38].item<float>(), 5);
    }

    [Fact]
    public void The_mean_is_over_every_view_once()
    {
        using var scope = torch.NewDisposeScope();
        using var image = torch.rand(1, 1, Side, Side);
        var seen = 0;
        var rules = new PredictionRules { MirroredViews = 4, Zooms = [0.9, 1.1] };

        using var mean = AveragedViews.Mean(image, rules, view => torch.full_like(view, ++seen));

        Assert.Equal(6, seen);
        Assert.True(mean.allclose(torch.full_like(image, 3.5), 0, 1e-5));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    [InlineData(10.0)]
    public void A_heavier_background_takes_places_from_the_organs(double? weight)
    {
        using var plain = WithRules("abdomen-mr-4", null);
        using var heavy = WithRules("abdomen-mr-4", new PredictionRules { BackgroundWeight = weight });
        var volume = new Volume(
            VolumeGeometry.Axial(1, Side, Side, new SpacingMm(5, 1, 1)),
            [.. Noise().Rgb[..(Side * Side)].ToArray().Select(v => (float)v)]);

        var before = _segmenter.Segment(plain, volume, CancellationToken.None).Labels.Labels.ToArray();
        var after = _segmenter.Segment(heavy, volume, CancellationToken.None).Labels.Labels.ToArray();

        var lost = before.Zip(after).Count(p => p.First != p.Second);
        Assert.All(before.Zip(after), p => Assert.True(p.Second == p.First || p.Second == 0));
        Assert.Equal(weight is 10, lost > 0);
    }

    [Fact]
    public void A_lower_threshold_only_adds_and_is_where_the_probability_reaches_it()
    {
        using var model = WithRules("lesion-dermoscopy", new PredictionRules { Threshold = 0.4 });
        var outcome = new Segmenter(withConfidence: true).Segment(model, Noise(), CancellationToken.None);

        var pixels = outcome.Labels.Labels.ToArray().Zip(outcome.Confidence!.Labels.ToArray()).ToList();
        Assert.All(pixels.Where(p => p.Second > 0.4 * 255 + 1), p => Assert.Equal(1, p.First));
        Assert.All(pixels.Where(p => p.Second < 0.4 * 255 - 1), p => Assert.Equal(0, p.First));
        Assert.Contains(pixels, p => p.First == 1 && p.Second is > 103 and < 127);
    }

    [Theory]
    [InlineData("lesion-dermoscopy", """{ "mirrored_views": 3 }""", "1, 2, 4 or 8")]
    [InlineData("lesion-dermoscopy", """{ "mirrored_views": 0 }""", "1, 2, 4 or 8")]
    [InlineData("abdomen-mr-4", """{ "mirrored_views": 2 }""", "left and right")]
    [InlineData("abdomen-mr-4", """{ "zooms": [0.9, 0] }""", "zooms is [0.9, 0]")]
    [InlineData("abdomen-mr-4", """{ "zooms": [1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1] }""", "at most 8")]
    [InlineData("abdomen-mr-4", """{ "background_weight": -1 }""", "background_weight is -1")]
    [InlineData("lesion-dermoscopy", """{ "background_weight": 1.4 }""", "several classes")]
    [InlineData("lesion-dermoscopy", """{ "threshold": 1 }""", "threshold is 1")]
    [InlineData("abdomen-mr-4", """{ "threshold": 0.4 }""", "one class")]
    public void Rules_that_make_no_sense_are_refused(string task, string rules, string expected)
    {
        TestModels.Write(_folder.File("m"), task);
        var manifest = ModelFiles.ReadManifest(_folder.File("m"));
        TestModels.Rewrite(
            _folder.File("m"), manifest with { Prediction = JsonSerializer.Deserialize<PredictionRules>(rules, ModelJson.Options) });

        var e = Assert.Throws<BadInputException>(() => LoadedModel.Load(_folder.File("m")));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private LoadedModel WithRules(string task, PredictionRules? rules)
    {
        var folder = _folder.File(Guid.NewGuid().ToString("N"));
        TestModels.Write(folder, task);
        TestModels.Rewrite(folder, ModelFiles.ReadManifest(folder) with { Prediction = rules });
        return LoadedModel.Load(folder);
    }

    private static torch.Tensor Inner(torch.Tensor image, int rim) =>
        image.narrow(-1, rim, Side - 2 * rim).narrow(-2, rim, Side - 2 * rim);

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
