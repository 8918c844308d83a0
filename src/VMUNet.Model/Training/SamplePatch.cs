namespace VMUNet.Model;

/// <summary>A part of an image that keeps the proportions of its sides; all of it, most of the time.</summary>
/// <param name="Side">Side of the part as a share of the image's.</param>
/// <param name="Row">Row of its centre in -0.5..0.5 about the image's.</param>
/// <param name="Column">Column of its centre, likewise.</param>
internal readonly record struct SamplePatch(double Side, double Row, double Column)
{
    private const double Smallest = 1.0 / 3;
    private const double Largest = 2.0 / 3;

    /// <summary>The whole image.</summary>
    public static SamplePatch Whole { get; } = new(1, 0, 0);

    /// <summary>With probability <paramref name="share"/> a part, everywhere in the image with equal chance; else all of it.</summary>
    public static SamplePatch Draw(double share, SeededRandom random)
    {
        if (share <= 0 || !random.Chance(share))
        {
            return Whole;
        }

        var side = random.Uniform(Smallest, Largest);
        var room = (1 - side) / 2;
        return new SamplePatch(side, random.Uniform(-room, room), random.Uniform(-room, room));
    }

    /// <summary>Place in the image of a place in the part, both -0.5..0.5 about the centre.</summary>
    public (double V, double U) Of((double V, double U) place) => (Row + Side * place.V, Column + Side * place.U);

    /// <summary>Side that the whole image would have where the part has <paramref name="size"/>.</summary>
    public int WholeAt(int size) => (int)Math.Ceiling(size / Side);
}
