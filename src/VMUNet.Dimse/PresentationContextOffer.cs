namespace VMUNet.Dimse;

/// <summary>What a requestor proposes for one presentation context.</summary>
/// <param name="AbstractSyntax">SOP class.</param>
/// <param name="TransferSyntaxes">Transfer syntaxes, in no order of preference: the acceptor chooses.</param>
public sealed record PresentationContextOffer(string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);
