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
    /// <param name="cases">Pictures or volumes.</param>
    /// <param name="task">What they show.</param>
    /// <param name="prepared">Where decoded images wait.</param>
    /// <param name="inOrder">True draws every slice once an epoch, as photographs always are; false prefers slices with labels.</param>
    /// <param name="organSliceShare">Share of the draws that ask for a slice with a random label, where slices are not drawn in order.</param>
    public static SampleSource Of(
        IReadOnlyList<DataCase> cases,
        TaskDefinition task,
        PreparedData prepared,
        bool inOrder = false,
        double organSliceShare = SliceSamples.OrganShare) => task.Kind == TaskKind.Picture
            ? new PictureSamples(cases, task, prepared)
            : new SliceSamples(cases, task, prepared, inOrder, organSliceShare);
}
