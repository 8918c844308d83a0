namespace VMUNet.Dimse.Tests;

public sealed class ContextNegotiationTests
{
    [Fact]
    public void We_choose_by_our_order_not_by_the_proposer_s()
    {
        var answer = Answer(new ProposedContext(
            1, SopClasses.MrImage, [TransferSyntaxes.ImplicitLittleEndian, TransferSyntaxes.ExplicitLittleEndian]));

        Assert.Equal((ContextResult.Accepted, TransferSyntaxes.ExplicitLittleEndian), (answer.Result, answer.TransferSyntax));
    }

    [Theory]
    [InlineData(SopClasses.CtImage, TransferSyntaxes.ImplicitLittleEndian, ContextResult.AbstractSyntaxNotSupported)]
    [InlineData(SopClasses.MrImage, "1.2.840.10008.1.2.4.100", ContextResult.TransferSyntaxesNotSupported)]
    [InlineData("1.02.3", TransferSyntaxes.ImplicitLittleEndian, ContextResult.NoReason)]
    [InlineData("1.2.3x", TransferSyntaxes.ImplicitLittleEndian, ContextResult.NoReason)]
    [InlineData(SopClasses.MrImage, "..", ContextResult.NoReason)]
    public void A_refused_context_says_why(string abstractSyntax, string transferSyntax, ContextResult expected)
    {
        Assert.Equal(expected, Answer(new ProposedContext(1, abstractSyntax, [transferSyntax])).Result);
    }

    [Fact]
    public void Each_of_several_contexts_is_answered_by_its_number()
    {
        var answers = ContextNegotiation.Answer(
            [
                new ProposedContext(1, SopClasses.MrImage, [TransferSyntaxes.ImplicitLittleEndian]),
                new ProposedContext(3, SopClasses.CtImage, [TransferSyntaxes.ImplicitLittleEndian]),
                new ProposedContext(5, SopClasses.MrImage, [TransferSyntaxes.ExplicitLittleEndian]),
            ],
            Syntaxes);

        Assert.Equal([(1, true), (3, false), (5, true)], answers.Select(a => ((int)a.Id, a.Result == ContextResult.Accepted)));
    }

    private static ContextAnswer Answer(ProposedContext context) =>
        Assert.Single(ContextNegotiation.Answer([context], Syntaxes));

    private static IReadOnlyList<string>? Syntaxes(string sopClass) =>
        sopClass == SopClasses.MrImage ? TransferSyntaxes.Native : null;
}
