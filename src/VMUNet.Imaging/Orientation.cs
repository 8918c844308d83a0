namespace VMUNet.Imaging;

/// <summary>
/// Brings a volume into the orientation that networks are trained in: axial LPS, rows running to the patient's left,
/// columns to posterior, slices to the head. Only whole axes are exchanged and flipped, so nothing is interpolated and the
/// way back is exact. An oblique volume is brought to the nearest such orientation and stays oblique by the rest.
/// </summary>
public static class Orientation
{
    private static readonly int[][] Permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>Reorients an image.</summary>
    /// <param name="v">Any orientation; may be left-handed.</param>
    public static CanonicalVolume ToCanonical(Volume v)
    {
        ArgumentNullException.ThrowIfNull(v);
        var plan = Plan(v.Geometry);
        if (plan.IsIdentity)
        {
            return new CanonicalVolume(v, v.Geometry, plan); // nobody changes a volume: no second copy of it
        }

        var geometry = Reorient(v.Geometry, plan);
        var voxels = new float[v.Geometry.VoxelCount];
        plan.Forward<float>(v.Voxels, voxels);
        return new CanonicalVolume(new Volume(geometry, voxels), v.Geometry, plan);
    }

    internal static AxisPlan Plan(VolumeGeometry g)
    {
        // Directions of the source axes z, y, x; the wanted axes are head, posterior, left.
        Vector3D[] source = [g.SliceStep.Normalize(), g.ColumnDirection, g.RowDirection];
        var best = Permutations[0];
        var bestScore = double.NegativeInfinity;
        foreach (var permutation in Permutations)
        {
            var score = 0.0;
            for (var axis = 0; axis < 3; axis++)
            {
                score += Math.Abs(Along(source[permutation[axis]], axis));
            }

            // A permutation must win clearly, so that rounding noise cannot decide at exactly 45 degrees.
            if (score > bestScore + 1e-9)
            {
                (best, bestScore) = (permutation, score);
            }
        }

        var isFlipped = new bool[3];
        for (var axis = 0; axis < 3; axis++)
        {
            isFlipped[axis] = Along(source[best[axis]], axis) < 0;
        }

        return new AxisPlan([g.Slices, g.Rows, g.Columns], best, isFlipped);

        static double Along(Vector3D direction, int axis) => axis switch
        {
            0 => direction.Z,
            1 => direction.Y,
            _ => direction.X,
        };
    }

    private static VolumeGeometry Reorient(VolumeGeometry g, AxisPlan plan)
    {
        Vector3D[] steps = [g.SliceStep, g.ColumnDirection * g.RowSpacingMm, g.RowDirection * g.ColumnSpacingMm];
        var slice = plan.Step(steps, 0);
        var row = plan.Step(steps, 1);
        var column = plan.Step(steps, 2);
        var (z, y, x) = plan.ToSource(0, 0, 0);
        return g with
        {
            Slices = plan.TargetSize(0),
            Rows = plan.TargetSize(1),
            Columns = plan.TargetSize(2),
            Origin = g.ToPatient(z, y, x),
            SliceStep = slice,
            ColumnDirection = row.Normalize(),
            RowDirection = column.Normalize(),
            RowSpacingMm = row.Length,
            ColumnSpacingMm = column.Length,
            SliceOrigins = ReorientOrigins(g, plan),
        };
    }

    // Uneven slices stay slices where possible. Where they become rows or columns (uneven coronal and sagittal stacks) the
    // canonical grid carries the median step; the way back restores the true one.
    private static Vector3D[]? ReorientOrigins(VolumeGeometry g, AxisPlan plan)
    {
        if (g.SliceOrigins is null || !plan.KeepsSlices)
        {
            return null;
        }

        var origins = new Vector3D[g.Slices];
        for (var target = 0; target < origins.Length; target++)
        {
            var (z, y, x) = plan.ToSource(target, 0, 0);
            origins[target] = g.ToPatient(z, y, x);
        }

        return origins;
    }
}
