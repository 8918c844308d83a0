namespace VMUNet.Model;

/// <summary>Which sample each slot of a batch gets: base data only, or curated cases beside rehearsal.</summary>
internal sealed class TrainingMix
{
    private const long BaseStream = 0;
    private const long CuratedStream = 1;
    private readonly SampleSource _base;
    private readonly SampleSource? _curated;
    private readonly int _baseSlots;
    private readonly int _batch;
    private readonly int _workers;
    private readonly long _seed;

    private TrainingMix(TrainingOptions options, SampleSource baseSource, SampleSource? curated)
    {
        (_base, _curated, _seed, _batch, _workers) = (baseSource, curated, options.Seed, options.Batch, options.Workers);
        _baseSlots = curated is null ? options.Batch : (int)Math.Ceiling(options.Batch * options.RehearsalShare);
    }

    /// <summary>Hash of the data used.</summary>
    public required string ManifestSha256 { get; init; }

    /// <summary>Pictures or slices of the base data: one epoch.</summary>
    public int Count => _base.Count;

    /// <summary>Cases used.</summary>
    public required int Cases { get; init; }

    /// <summary>Opens the data of a run.</summary>
    public static TrainingMix Of(TrainingOptions options, DataSet data, TaskDefinition task, PreparedData prepared, DicomCaseReader? dicom)
    {
        data.DemandKindOf(task);
        var cases = data.Split(options.TrainSplit);
        var curated = options.CuratedData is null ? null : DataSet.Open(options.CuratedData, dicom);
        curated?.DemandKindOf(task);
        var hash = options.DataManifestSha256
            ?? data.ManifestSha256(options.TrainSplit) + (curated is null ? string.Empty : "+" + curated.ManifestSha256(DataSet.AllCases));
        var organShare = options.OrganSliceShare ?? SliceSamples.OrganShare;
        return new TrainingMix(
            options,
            SampleSource.Of(cases, task, prepared, options.Recipe != TrainingRecipe.Own, organShare),
            curated is null ? null : SampleSource.Of(curated.Cases, task, prepared, inOrder: false, organShare))
        {
            ManifestSha256 = hash,
            Cases = cases.Count + (curated?.Cases.Count ?? 0),
        };
    }

    /// <summary>The sample of one slot of one step.</summary>
    public Sample Take(int step, int slot, int size)
    {
        // Slots are dealt out so that each worker gets its share of both kinds.
        var rank = slot % (_batch / _workers) * _workers + slot / (_batch / _workers);
        if (_curated is null || rank < _baseSlots)
        {
            return _base.Load(_base.Pick(_seed * 2 + BaseStream, (long)step * _baseSlots + rank), size);
        }

        var curatedSlots = _batch - _baseSlots;
        return _curated.Load(_curated.Pick(_seed * 2 + CuratedStream, (long)step * curatedSlots + rank - _baseSlots), size);
    }
}
