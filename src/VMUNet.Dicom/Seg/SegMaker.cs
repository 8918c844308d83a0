namespace VMUNet.Dicom;

/// <summary>What a SEG of ours says about how it was made: enough to make it again.</summary>
/// <param name="ModelName">Name of the model.</param>
/// <param name="AlgorithmVersion">Its version.</param>
/// <param name="WeightsSha256">Hash of its weights, lower-case hex; empty where a person drew the labels.</param>
/// <param name="SoftwareVersion">The product that wrote it, with its version.</param>
/// <param name="Precision">Profile that the network computed with; fp32 in files that do not say.</param>
public sealed record SegMaker(
    string ModelName, string AlgorithmVersion, string WeightsSha256, string SoftwareVersion, string Precision = "fp32")
{
    private const string ModelKey = "model=";
    private const string WeightsKey = "weights-sha256=";
    private const string PrecisionKey = "precision=";

    /// <summary>As written into the algorithm parameters of every segment.</summary>
    internal static string Parameters(SegProvenance provenance) =>
        $"{ModelKey}{provenance.ModelName};{WeightsKey}{provenance.WeightsSha256}"
        + (provenance.Precision is { } precision ? $";{PrecisionKey}{precision}" : string.Empty);

    /// <summary>Read from the first segment; null when it says nothing in this form.</summary>
    internal static SegMaker? Of(DicomDataset seg)
    {
        var algorithm = seg.GetFirstItem(DicomTag.SegmentSequence)
            ?.GetFirstItem(DicomTag.SegmentationAlgorithmIdentificationSequence);
        var parts = algorithm?.GetText(DicomTag.AlgorithmParameters).Split(';') ?? [];
        return parts is [var model, var weights, .. var rest] && model.StartsWith(ModelKey, StringComparison.Ordinal)
            && weights.StartsWith(WeightsKey, StringComparison.Ordinal)
            ? new SegMaker(model[ModelKey.Length..], algorithm!.GetText(DicomTag.AlgorithmVersion),
                weights[WeightsKey.Length..], seg.GetText(DicomTag.SoftwareVersions).Split('\\')[0],
                Array.Find(rest, p => p.StartsWith(PrecisionKey, StringComparison.Ordinal))?[PrecisionKey.Length..] ?? "fp32")
            : null;
    }
}
