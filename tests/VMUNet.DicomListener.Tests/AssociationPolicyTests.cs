using System.Net;
using VMUNet.Dimse;

namespace VMUNet.DicomListener.Tests;

public sealed class AssociationPolicyTests
{
    [Theory]
    [InlineData("VMUNET", "CT1", "10.0.0.7", null)]
    [InlineData("SECOND", "CT1", "10.0.0.7", null)]
    [InlineData("VMUNET", "MR1", "10.0.0.99", null)]
    [InlineData("VMUNET", "CT1", "10.0.0.8", 3)]
    [InlineData("VMUNET", "XX1", "10.0.0.7", 3)]
    [InlineData("VMUNET", "", "10.0.0.7", 3)]
    [InlineData("vmunet", "CT1", "10.0.0.7", 7)]
    [InlineData("", "CT1", "10.0.0.7", 7)]
    [InlineData("OTHER", "XX1", "10.0.0.9", 7)]
    public void Titles_and_addresses_decide(string called, string calling, string address, int? reason)
    {
        var options = new ListenerOptions();
        options.AeTitles.Add("VMUNET");
        options.AeTitles.Add("SECOND");
        options.AllowedCallers.Add("CT1@10.0.0.7");
        options.AllowedCallers.Add("MR1");

        var verdict = new AssociationPolicy(options).Judge(Request(called, calling, address));

        Assert.Equal(reason, (verdict as AssociationVerdict.Rejected)?.Reason.Reason);
    }

    [Fact]
    public void Without_an_allow_list_every_legal_title_may_call() => Assert.IsType<AssociationVerdict.Accepted>(
        new AssociationPolicy(new ListenerOptions()).Judge(Request("VMUNET", "ANYONE", "127.0.0.1")));

    [Fact]
    public void Storage_classes_of_the_list_and_of_the_site_are_accepted_and_others_are_not()
    {
        var options = new ListenerOptions();
        options.AdditionalSopClasses.Add("1.2.840.10008.5.1.4.1.1.1");

        var verdict = new AssociationPolicy(options).Judge(Request("VMUNET", "CT1", "127.0.0.1", [
            SopClasses.Verification, SopClasses.Segmentation, "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.128", SopClasses.StorageCommitmentPush]));

        Assert.Equal(
            [0, 0, 0, 3, 3], Assert.IsType<AssociationVerdict.Accepted>(verdict).Contexts.Select(c => (int)c.Result));
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")]
    [InlineData("1.2.840.10008.1.2", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5")]
    [InlineData("1.2.840.10008.1.2", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2")]
    public void Of_the_proposed_syntaxes_the_best_that_can_be_decoded_is_taken(string a, string b, string c, string chosen)
    {
        var request = Request("VMUNET", "CT1", "127.0.0.1") with
        {
            Contexts = [new ProposedContext(1, SopClasses.CtImage, [a, b, c])],
        };

        var verdict = new AssociationPolicy(new ListenerOptions()).Judge(request);

        Assert.Equal(chosen, Assert.IsType<AssociationVerdict.Accepted>(verdict).Contexts.Single().TransferSyntax);
    }

    [Fact]
    public void A_syntax_that_cannot_be_decoded_is_not_taken()
    {
        var request = Request("VMUNET", "CT1", "127.0.0.1") with
        {
            Contexts = [new ProposedContext(1, SopClasses.CtImage, ["1.2.840.10008.1.2.4.90"])],
        };

        var verdict = new AssociationPolicy(new ListenerOptions()).Judge(request);

        Assert.Equal(
            ContextResult.TransferSyntaxesNotSupported,
            Assert.IsType<AssociationVerdict.Accepted>(verdict).Contexts.Single().Result);
    }

    [Fact]
    public void The_reason_for_the_log_holds_no_control_characters()
    {
        var verdict = new AssociationPolicy(new ListenerOptions()).Judge(Request("A\u001b[2J\n", "CT1", "127.0.0.1"));

        Assert.DoesNotContain(Assert.IsType<AssociationVerdict.Rejected>(verdict).Why, char.IsControl);
    }

    private static AssociationRequest Request(
        string called, string calling, string address, IReadOnlyList<string>? classes = null) => new()
        {
            CalledAe = called,
            CallingAe = calling,
            RemoteAddress = IPAddress.Parse(address),
            Contexts = [.. (classes ?? [SopClasses.Verification])
                .Select((c, i) => new ProposedContext((byte)((2 * i) + 1), c, [TransferSyntaxes.ImplicitLittleEndian]))],
        };
}
