namespace VMUNet.Dimse;

/// <summary>Sub-operations of a C-MOVE as its peer counts them.</summary>
/// <param name="Remaining">Not begun.</param>
/// <param name="Completed">Stored.</param>
/// <param name="Failed">Not stored.</param>
/// <param name="Warning">Stored with a warning.</param>
public readonly record struct MoveProgress(int Remaining, int Completed, int Failed, int Warning);
