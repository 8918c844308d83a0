namespace VMUNet.Dimse;

/// <summary>A group of associations with caps of its own, so that one kind of traffic never takes another's place.</summary>
/// <param name="Name">Name in logs.</param>
/// <param name="Max">Associations of the lane at a time.</param>
/// <param name="MaxPerAddress">Of these, from one address.</param>
public sealed record AssociationLane(string Name, int Max, int MaxPerAddress);
