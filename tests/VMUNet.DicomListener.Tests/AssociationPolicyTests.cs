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

        var verdict = new AssociationPolicy(options).Judge(Request(called, calling, address), CallerRules.None, null);

        Assert.Equal(reason, (verdict as AssociationVerdict.Rejected)?.Reason.Reason);
    }

    [Fact]
    public void Without_an_allow_list_every_legal_title_may_call() => Assert.IsType<AssociationVerdict.Accepted>(
        new AssociationPolicy(new ListenerOptions()).Judge(Request("VMUNET", "ANYONE", "127.0.0.1"), CallerRules.None, null));

    [Fact]
    public void Storage_classes_of_the_list_and_of_the_site_are_accepted_and_others_are_not()
    {
        var options = new ListenerOptions();
        options.AdditionalSopClasses.Add("1.2.840.10008.5.1.4.1.1.1");

        var verdict = new AssociationPolicy(options).Judge(Request("VMUNET", "CT1", "127.0.0.1", [
            SopClasses.Verification, SopClasses.Segmentation, "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.128", SopClasses.StorageCommitmentPush]), CallerRules.None, null);

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

        var verdict = new AssociationPolicy(Decoding()).Judge(request, CallerRules.None, null);

        Assert.Equal(chosen, Assert.IsType<AssociationVerdict.Accepted>(verdict).Contexts.Single().TransferSyntax);
    }

    [Fact]
    public void A_syntax_that_cannot_be_decoded_is_not_taken()
    {
        var request = Request("VMUNET", "CT1", "127.0.0.1") with
        {
            Contexts = [new ProposedContext(1, SopClasses.CtImage, ["1.2.840.10008.1.2.4.90"])],
        };

        var verdict = new AssociationPolicy(Decoding()).Judge(request, CallerRules.None, null);

        Assert.Equal(
            ContextResult.TransferSyntaxesNotSupported,
            Assert.IsType<AssociationVerdict.Accepted>(verdict).Contexts.Single().Result);
    }

    [Fact]
    public void The_reason_for_the_log_holds_no_control_characters()
    {
        var verdict = new AssociationPolicy(new ListenerOptions()).Judge(Request("A\u001b[2J\n", "CT1", "127.0.0.1"), CallerRules.None, null);

        Assert.DoesNotContain(Assert.IsType<AssociationVerdict.Rejected>(verdict).Why, char.IsControl);
    }

    [Theory]
    [InlineData("CT1", "10.0.0.7", "ct1.site", true)]
    [InlineData("CT1", "10.0.0.8", "CT1.SITE", true)]
    [InlineData("CT1", "10.0.0.7", "ct2.site", false)]
    [InlineData("CT1", "10.0.0.7", null, false)]
    [InlineData("CT2", "10.0.0.7", "ct1.site", false)]
    public void A_title_bound_to_a_certificate_needs_that_certificate(string calling, string address, string? certificate, bool isAccepted)
    {
        var options = new ListenerOptions { Bind = "0.0.0.0" };
        options.AllowedCallers.Add("CT1@cert:ct1.site");
        var request = Request("VMUNET", calling, address) with { CertificateNames = certificate is null ? [] : [certificate] };

        var verdict = new AssociationPolicy(options).Judge(request, CallerRules.None, null);

        Assert.Equal(isAccepted, verdict is AssociationVerdict.Accepted);
    }

    [Fact]
    public void On_another_address_than_loopback_an_empty_list_lets_in_only_whom_people_allowed()
    {
        var policy = new AssociationPolicy(new ListenerOptions { Bind = "0.0.0.0" });
        var rules = new CallerRules([AllowedCaller.TryParse("CT1@10.0.0.7")!], [AllowedCaller.TryParse("CT3")!]);

        Assert.IsType<AssociationVerdict.Rejected>(policy.Judge(Request("VMUNET", "CT1", "10.0.0.7"), CallerRules.None, null));
        Assert.IsType<AssociationVerdict.Accepted>(policy.Judge(Request("VMUNET", "CT1", "10.0.0.7"), rules, null));
        Assert.IsType<AssociationVerdict.Rejected>(policy.Judge(Request("VMUNET", "CT1", "10.0.0.8"), rules, null));
    }

    [Fact]
    public void A_denied_title_is_kept_out_even_where_the_configuration_lets_it_in()
    {
        var options = new ListenerOptions();
        options.AllowedCallers.Add("CT3");
        var rules = new CallerRules([], [AllowedCaller.TryParse("CT3")!]);

        var verdict = new AssociationPolicy(options).Judge(Request("VMUNET", "CT3", "127.0.0.1"), rules, null);

        Assert.Contains("denied", Assert.IsType<AssociationVerdict.Rejected>(verdict).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_pressure_senders_are_told_to_come_back_and_an_echo_is_answered()
    {
        var policy = new AssociationPolicy(new ListenerOptions());

        var sender = policy.Judge(Request("VMUNET", "CT1", "127.0.0.1", [SopClasses.Verification, SopClasses.CtImage]), CallerRules.None, "disk");
        var echo = policy.Judge(Request("VMUNET", "CT1", "127.0.0.1"), CallerRules.None, "disk");

        Assert.Equal(new RejectReason(2, 3, 1), Assert.IsType<AssociationVerdict.Rejected>(sender).Reason);
        Assert.Equal("echo", Assert.IsType<AssociationVerdict.Accepted>(echo).Lane?.Name);
    }

    [Theory]
    [InlineData("VMUNET", "live")]
    [InlineData("VMUNET_BATCH", "batch")]
    public void The_called_title_chooses_the_lane(string called, string lane)
    {
        var verdict = new AssociationPolicy(new ListenerOptions()).Judge(
            Request(called, "CT1", "127.0.0.1", [SopClasses.CtImage]), CallerRules.None, null);

        Assert.Equal(lane, Assert.IsType<AssociationVerdict.Accepted>(verdict).Lane?.Name);
    }

    [Theory]
    [InlineData(true, ContextResult.Accepted)]
    [InlineData(false, ContextResult.AbstractSyntaxNotSupported)]
    public void Storage_commitment_is_for_an_archive_that_reports_and_not_for_a_modality_that_asks(bool asProvider, ContextResult expected)
    {
        var request = Request("VMUNET", "ARCHIVE", "127.0.0.1", [SopClasses.StorageCommitmentPush]) with
        {
            ProviderRoles = asProvider ? [SopClasses.StorageCommitmentPush] : [],
        };

        var verdict = new AssociationPolicy(new ListenerOptions()).Judge(request, CallerRules.None, null);

        Assert.Equal(expected, Assert.IsType<AssociationVerdict.Accepted>(verdict).Contexts.Single().Result);
    }

    private static ListenerOptions Decoding()
    {
        var options = new ListenerOptions();
        foreach (var syntax in (string[])[
            TransferSyntaxes.ExplicitLittleEndian, TransferSyntaxes.RleLossless, TransferSyntaxes.JpegLosslessFirstOrder,
            TransferSyntaxes.JpegLossless])
        {
            options.TransferSyntaxes.Add(syntax);
        }

        return options;
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
