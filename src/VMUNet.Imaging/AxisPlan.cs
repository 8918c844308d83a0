namespace VMUNet.Imaging;

/// <summary>An exchange and flip of the three index axes, applied to voxel arrays in either direction.</summary>
internal sealed class AxisPlan
{
    private readonly int[] _sourceSize;
    private readonly int[] _axes;
    private readonly bool[] _isFlipped;

    /// <summary>Makes a plan.</summary>
    /// <param name="sourceSize">Source sizes z, y, x.</param>
    /// <param name="axes">For target axis z, y, x: which source axis (0, 1, 2) it is.</param>
    /// <param name="isFlipped">For target axis z, y, x: whether it runs against the source axis.</param>
    internal AxisPlan(int[] sourceSize, int[] axes, bool[] isFlipped)
        => (_sourceSize, _axes, _isFlipped) = (sourceSize, axes, isFlipped);

    internal bool KeepsSlices => _axes[0] == 0;

    internal bool IsIdentity => _axes is [0, 1, 2] && !_isFlipped.Contains(true);

    internal int TargetSize(int axis) => _sourceSize[_axes[axis]];

    internal Vector3D Step(Vector3D[] sourceSteps, int axis)
        => _isFlipped[axis] ? -sourceSteps[_axes[axis]] : sourceSteps[_axes[axis]];

    internal (int Z, int Y, int X) ToSource(int z, int y, int x)
    {
        Span<int> target = [z, y, x];
        Span<int> source = stackalloc int[3];
        for (var axis = 0; axis < 3; axis++)
        {
            var last = _sourceSize[_axes[axis]] - 1;
            source[_axes[axis]] = _isFlipped[axis] ? last - target[axis] : target[axis];
        }

        return (source[0], source[1], source[2]);
    }

    internal void Forward<T>(ReadOnlySpan<T> source, Span<T> target)
    {
        if (IsIdentity)
        {
            source.CopyTo(target);
            return;
        }

        var (start, step) = Walk();
        var at = 0;
        for (var z = 0; z < TargetSize(0); z++)
        {
            for (var y = 0; y < TargetSize(1); y++)
            {
                var from = start + (z * step[0]) + (y * step[1]);
                for (var x = 0; x < TargetSize(2); x++, from += step[2])
                {
                    target[at++] = source[from];
                }
            }
        }
    }

    internal void Back<T>(ReadOnlySpan<T> target, Span<T> source)
    {
        if (IsIdentity)
        {
            target.CopyTo(source);
            return;
        }

        var (start, step) = Walk();
        var at = 0;
        for (var z = 0; z < TargetSize(0); z++)
        {
            for (var y = 0; y < TargetSize(1); y++)
            {
                var to = start + (z * step[0]) + (y * step[1]);
                for (var x = 0; x < TargetSize(2); x++, to += step[2])
                {
                    source[to] = target[at++];
                }
            }
        }
    }

    // Offset of target voxel (0, 0, 0) in the source array and the offset of one step along each target axis.
    private (int Start, int[] Step) Walk()
    {
        int[] strides = [_sourceSize[1] * _sourceSize[2], _sourceSize[2], 1];
        var step = new int[3];
        var start = 0;
        for (var axis = 0; axis < 3; axis++)
        {
            var stride = strides[_axes[axis]];
            step[axis] = _isFlipped[axis] ? -stride : stride;
            start += _isFlipped[axis] ? (TargetSize(axis) - 1) * stride : 0;
        }

        return (start, step);
    }
}
