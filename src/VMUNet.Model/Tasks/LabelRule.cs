namespace VMUNet.Model;

/// <summary>What happens to one label after prediction, on the source grid. Parts touch by faces.</summary>
/// <param name="Value">Label value.</param>
/// <param name="KeepLargest">Keep the largest part only; of equal ones the first in memory order.</param>
/// <param name="SmallestMm3">
/// Remove parts smaller than this, mm³ (in photographs, whose pixels have no size: pixels); the largest part always stays.
/// Null: no limit. For organs that may come in several parts.
/// </param>
/// <param name="BridgeMm">
/// With <paramref name="KeepLargest"/>: parts joined only by a bridge within a slice that is at most about twice as wide count as two, mm
/// (in photographs pixels). Null: bridges hold.
/// </param>
public sealed record LabelRule(byte Value, bool KeepLargest = false, double? SmallestMm3 = null, double? BridgeMm = null);
