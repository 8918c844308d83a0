namespace VMUNet.Imaging.Metrics;

/// <summary>What a comparison may choose; the definitions themselves are fixed by the convention's name.</summary>
public sealed record QaOptions
{
    /// <summary>Tolerances of the normalised surface distance, in the grid's unit; default 1 and 2 mm.</summary>
    public IReadOnlyList<double> NsdTolerancesMm { get; init; } = [1, 2];

    /// <summary>
    /// True scores in two dimensions, where slices above and below do not exist; false in three, where a one-slice mask is
    /// border throughout. Null, the default, lets the geometry say: photographs are two-dimensional.
    /// </summary>
    public bool? IsTwoDimensional { get; init; }
}
