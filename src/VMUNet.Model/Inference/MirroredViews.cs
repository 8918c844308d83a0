using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>
/// One image seen from several sides: mirrored, and turned by quarters. The network answers each, the answers are turned back, and their
/// mean is the answer. For images that have no side of their own, such as photographs of skin; never for slices of a body.
/// </summary>
internal static class MirroredViews
{
    private const int Columns = 1, Rows = 2, Transposed = 4;

    /// <summary>Whether there are so many: the image alone, its mirror image, both mirrored up and down, all of them transposed.</summary>
    public static bool Exist(int views) => views is 1 or 2 or 4 or 8;

    /// <summary>A square image as a view shows it.</summary>
    /// <param name="image">(..., size, size).</param>
    /// <param name="view">0 (as it is) to 7.</param>
    public static Tensor Turn(Tensor image, int view)
    {
        var turned = Mirrored(image, view);
        return (view & Transposed) == 0 ? turned : turned.transpose(-1, -2);
    }

    /// <summary>The way back of <see cref="Turn"/>.</summary>
    /// <param name="image">(..., size, size).</param>
    /// <param name="view">The view it is shown in.</param>
    public static Tensor TurnBack(Tensor image, int view) =>
        Mirrored((view & Transposed) == 0 ? image : image.transpose(-1, -2), view);

    private static Tensor Mirrored(Tensor image, int view)
    {
        var mirrored = (view & Columns) == 0 ? image : image.flip(-1);
        return (view & Rows) == 0 ? mirrored : mirrored.flip(-2);
    }
}
