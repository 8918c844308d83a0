namespace VMUNet.Dimse;

/// <summary>One presentation context of an A-ASSOCIATE-RQ (PS3.8 9.3.2.2). Identifiers are as the peer sent them.</summary>
/// <param name="Id">Odd number, 1 to 255, unique in the association.</param>
/// <param name="AbstractSyntax">SOP class.</param>
/// <param name="TransferSyntaxes">Proposed transfer syntaxes.</param>
public sealed record ProposedContext(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);
