using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// One image seen in several ways: mirrored, turned by quarters, zoomed. The network answers each, the answers are brought back, and their
/// mean is the answer. Mirrors and turns are for images that have no side of their own, such as photographs of skin; never for slices of a
/// body.
/// </summary>
internal static class AveragedViews
{
    private const int Columns = 1, Rows = 2, Transposed = 4;

    /// <summary>The mean of what the network says of each view.</summary>
    /// <param name="input">(B, C, size, size).</param>
    /// <param name="rules">
    /// Which views: of the mirrored ones 1 (as it is), 2 (and its mirror image), 4 (both mirrored up and down), 8 (all of these transposed).
    /// </param>
    /// <param name="infer">The network: (B, C, size, size) to probabilities (B, classes, size, size).</param>
    /// <returns>(B, classes, size, size), in the caller's dispose scope.</returns>
    public static Tensor Mean(Tensor input, PredictionRules rules, Func<Tensor, Tensor> infer)
    {
        var (mirrored, zooms) = (rules.MirroredViews ?? 1, rules.Zooms ?? []);
        var sum = infer(input);
        for (var view = 1; view < mirrored; view++)
        {
            sum = sum.Plus(TurnBack(infer(Turn(input, view).contiguous()), view));
        }

        foreach (var zoom in zooms)
        {
            sum = sum.Plus(Zoomed(infer(Zoomed(input, zoom).contiguous()), 1 / zoom));
        }

        var count = mirrored + zooms.Count;
        return count == 1 ? sum : sum.Times(1.0 / count);
    }

    /// <summary>A square image as a view shows it.</summary>
    /// <param name="image">(..., size, size).</param>
    /// <param name="view">0 (as it is) to 7.</param>
    internal static Tensor Turn(Tensor image, int view)
    {
        var turned = Mirrored(image, view);
        return (view & Transposed) == 0 ? turned : turned.transpose(-1, -2);
    }

    /// <summary>The way back of <see cref="Turn"/>.</summary>
    /// <param name="image">(..., size, size).</param>
    /// <param name="view">The view it is shown in.</param>
    internal static Tensor TurnBack(Tensor image, int view) =>
        Mirrored((view & Transposed) == 0 ? image : image.transpose(-1, -2), view);

    /// <summary>An image larger or smaller about its centre, bilinear; beyond its edge the edge goes on.</summary>
    /// <param name="image">(B, C, size, size).</param>
    /// <param name="zoom">Above 1 larger.</param>
    internal static Tensor Zoomed(Tensor image, double zoom)
    {
        var step = (float)(1 / zoom);
        var turn = tensor(new[] { step, 0, 0, 0, step, 0 }).reshape(1, 2, 3).expand(image.shape[0], 2, 3).to(image.device);
        var places = nn.functional.affine_grid(turn, image.shape, align_corners: false);
        return nn.functional.grid_sample(
            image, places, mode: GridSampleMode.Bilinear, padding_mode: GridSamplePaddingMode.Border, align_corners: false);
    }

    private static Tensor Mirrored(Tensor image, int view)
    {
        var mirrored = (view & Columns) == 0 ? image : image.flip(-1);
        return (view & Rows) == 0 ? mirrored : mirrored.flip(-2);
    }
}
