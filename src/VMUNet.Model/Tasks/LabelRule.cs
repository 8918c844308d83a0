namespace VMUNet.Model;

/// <summary>What happens to one label after prediction, on the source grid.</summary>
/// <param name="Value">Label value.</param>
/// <param name="KeepLargest">Keep the largest component only (face connectivity).</param>
public sealed record LabelRule(byte Value, bool KeepLargest);
