namespace VMUNet.Model;

/// <summary>One picture or slice with its labels, at source resolution, intensities scaled to about 0..1.</summary>
internal sealed record Sample
{
    /// <summary>Rows of the source grid, on which labels lie.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of the source grid.</summary>
    public required int Columns { get; init; }

    /// <summary>Source rows averaged into one row of a plane; 1 for planes on the source grid.</summary>
    public int RowsPerRow { get; init; } = 1;

    /// <summary>Source columns averaged into one column of a plane.</summary>
    public int ColumnsPerColumn { get; init; } = 1;

    /// <summary>Rows of a plane; the last may stand for fewer source rows.</summary>
    public int PlaneRows => (Rows + RowsPerRow - 1) / RowsPerRow;

    /// <summary>Columns of a plane.</summary>
    public int PlaneColumns => (Columns + ColumnsPerColumn - 1) / ColumnsPerColumn;

    /// <summary>Channel planes, plane rows x plane columns each; a slice brings its neighbours as the outer two.</summary>
    public required IReadOnlyList<ReadOnlyMemory<float>> Planes { get; init; }

    /// <summary>Label values, rows x columns; empty for prediction.</summary>
    public ReadOnlyMemory<byte> Labels { get; init; }

    /// <summary>
    /// Label values of each plane, rows x columns; empty where all planes show what <see cref="Labels"/> are drawn on.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> PlaneLabels { get; init; } = [];

    /// <summary>The part that a training example shows.</summary>
    public SamplePatch Patch { get; init; } = SamplePatch.Whole;

    /// <summary>Mean per channel, subtracted last.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Standard deviation per channel, divided by last.</summary>
    public required IReadOnlyList<float> Deviation { get; init; }
}
