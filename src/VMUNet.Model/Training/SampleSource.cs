namespace VMUNet.Model;

/// <summary>What a trainer draws from: numbered samples and a rule for which comes next. Safe for use from several threads.</summary>
internal abstract class SampleSource
{
    /// <summary>Number of pictures or slices.</summary>
    public abstract int Count { get; }

    /// <summary>One sample, to be brought to a network input of <paramref name="size"/>.</summary>
    public abstract Sample Load(int index, int size);

    /// <summary>Index of the <paramref name="number"/>-th sample drawn in a run with this seed.</summary>
    public abstract int Pick(long seed, long number);

    /// <summary>Opens the cases for training.</summary>
    public static SampleSource Of(IReadOnlyList<DataCase> cases, TaskDefinition task) =>
        task.Kind == TaskKind.Picture ? new PictureSamples(cases, task) : new SliceSamples(cases, task);
}
