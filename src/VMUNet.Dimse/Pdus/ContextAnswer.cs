namespace VMUNet.Dimse;

/// <summary>Result of one proposed presentation context (PS3.8 table 9-18).</summary>
public enum ContextResult
{
    /// <summary>Accepted.</summary>
    Accepted = 0,

    /// <summary>Refused by the user of the service.</summary>
    UserRejection = 1,

    /// <summary>Refused by the provider, no reason; we use it for an identifier that breaks the rule.</summary>
    NoReason = 2,

    /// <summary>Abstract syntax not supported.</summary>
    AbstractSyntaxNotSupported = 3,

    /// <summary>None of the transfer syntaxes is supported.</summary>
    TransferSyntaxesNotSupported = 4,
}

/// <summary>The acceptor's answer to one proposed presentation context.</summary>
/// <param name="Id">The context's number.</param>
/// <param name="Result">Accepted, or why not.</param>
/// <param name="AbstractSyntax">SOP class, as proposed.</param>
/// <param name="TransferSyntax">Chosen syntax; without meaning unless accepted.</param>
public sealed record ContextAnswer(byte Id, ContextResult Result, string AbstractSyntax, string TransferSyntax);
