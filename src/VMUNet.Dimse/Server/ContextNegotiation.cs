namespace VMUNet.Dimse;

/// <summary>Answers proposed presentation contexts (PS3.8 section 9.3.3.2). One refused context refuses no other.</summary>
public static class ContextNegotiation
{
    /// <summary>
    /// One answer to each context. The acceptor chooses among the transfer syntaxes, by its own order.
    /// </summary>
    /// <param name="proposed">Contexts of the request.</param>
    /// <param name="syntaxesFor">
    /// Acceptable transfer syntaxes of a SOP class, best first; null when the class is not supported.
    /// </param>
    public static IReadOnlyList<ContextAnswer> Answer(
        IReadOnlyList<ProposedContext> proposed,
        Func<string, IReadOnlyList<string>?> syntaxesFor) => [.. proposed.Select(c => Answer(c, syntaxesFor))];

    private static ContextAnswer Answer(ProposedContext context, Func<string, IReadOnlyList<string>?> syntaxesFor)
    {
        if (!DicomUidRule.IsValid(context.AbstractSyntax) || !context.TransferSyntaxes.All(s => DicomUidRule.IsValid(s)))
        {
            return Refused(context, ContextResult.NoReason);
        }

        var acceptable = syntaxesFor(context.AbstractSyntax);
        if (acceptable is null)
        {
            return Refused(context, ContextResult.AbstractSyntaxNotSupported);
        }

        var chosen = acceptable.FirstOrDefault(s => context.TransferSyntaxes.Contains(s));
        return chosen is null
            ? Refused(context, ContextResult.TransferSyntaxesNotSupported)
            : new ContextAnswer(context.Id, ContextResult.Accepted, context.AbstractSyntax, chosen);
    }

    // The syntax of a refused context has no meaning (PS3.8 table 9-19), but the item has to be there.
    private static ContextAnswer Refused(ProposedContext context, ContextResult result) =>
        new(context.Id, result, context.AbstractSyntax, TransferSyntaxes.ImplicitLittleEndian);
}
