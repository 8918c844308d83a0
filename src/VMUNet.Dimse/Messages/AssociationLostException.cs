namespace VMUNet.Dimse;

/// <summary>The association ended while a message was being received or sent; what came so far is to be discarded.</summary>
public sealed class AssociationLostException(AssociationEnd end, string why) : IOException(why)
{
    /// <summary>How it ended.</summary>
    public AssociationEnd End { get; } = end;
}
