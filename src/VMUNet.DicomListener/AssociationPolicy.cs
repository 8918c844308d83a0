using System.Net;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Who may open an association, for what, and in which lane; a pure decision from options, rules and pressure.</summary>
internal sealed class AssociationPolicy
{
    private readonly HashSet<string> _titles;
    private readonly HashSet<string> _batchTitles;
    private readonly List<AllowedCaller> _callers;
    private readonly HashSet<string> _sopClasses;
    private readonly IReadOnlyList<string> _transferSyntaxes;
    private readonly bool _isOpen;
    private readonly AssociationLane _live;
    private readonly AssociationLane _batch;
    private readonly AssociationLane _echo;

    public AssociationPolicy(ListenerOptions options)
    {
        _batchTitles = [.. options.OurBatchTitles.Select(t => t.Trim())];
        _titles = [.. options.OurTitles.Select(t => t.Trim()), .. _batchTitles];
        _callers = [.. options.AllowedCallers.Select(AllowedCaller.TryParse).OfType<AllowedCaller>()];
        _sopClasses = [.. SopClasses.AcceptedForStorage, .. options.AdditionalSopClasses];
        _transferSyntaxes = options.OurTransferSyntaxes;
        _isOpen = _callers.Count == 0 && IPAddress.TryParse(options.Bind, out var bind) && IPAddress.IsLoopback(bind);
        _live = new AssociationLane("live", options.MaxAssociations, options.MaxAssociationsPerAddress);
        _batch = new AssociationLane("batch", options.MaxBatchAssociations, options.MaxBatchAssociations);
        _echo = new AssociationLane("echo", options.MaxEchoAssociations, options.MaxEchoAssociations);
    }

    /// <summary>True when the title is called for backfill, which yields to live work.</summary>
    public bool IsBatch(string calledAe) => _batchTitles.Contains(calledAe);

    /// <param name="request">What the peer asks for.</param>
    /// <param name="rules">What people decided.</param>
    /// <param name="pressure">Why nothing more can be taken at the moment; null when it can.</param>
    public AssociationVerdict Judge(AssociationRequest request, CallerRules rules, string? pressure)
    {
        if (!AeTitle.IsValid(request.CalledAe) || !_titles.Contains(request.CalledAe))
        {
            return new AssociationVerdict.Rejected(
                RejectReason.CalledAeNotRecognized,
                $"called AE \"{AeTitle.Escape(request.CalledAe)}\" is not ours ({string.Join(", ", _titles)})");
        }

        if (!AeTitle.IsValid(request.CallingAe) || WhyNot(request, rules) is not null)
        {
            return new AssociationVerdict.Rejected(
                RejectReason.CallingAeNotRecognized,
                $"calling AE \"{AeTitle.Escape(request.CallingAe)}\" may not call from {request.RemoteAddress}: "
                + (WhyNot(request, rules) ?? "illegal title"));
        }

        // A peer that only asks whether we live is answered under pressure too, and never waits for a place behind senders.
        var isEcho = request.Contexts.All(c => c.AbstractSyntax == SopClasses.Verification);
        if (pressure is not null && !isEcho)
        {
            return new AssociationVerdict.Rejected(RejectReason.TemporaryCongestion, pressure);
        }

        return new AssociationVerdict.Accepted(ContextNegotiation.Answer(request.Contexts, c => SyntaxesFor(c, request)))
        {
            Lane = isEcho ? _echo : IsBatch(request.CalledAe) ? _batch : _live,
        };
    }

    private string? WhyNot(AssociationRequest request, CallerRules rules)
    {
        if (rules.Denied.Any(c => c.Matches(request)))
        {
            return "it is denied";
        }

        if (_isOpen || _callers.Exists(c => c.Matches(request)) || rules.Allowed.Any(c => c.Matches(request)))
        {
            return null;
        }

        return _callers.Concat(rules.Allowed).Any(c => c.AeTitle == request.CallingAe)
            ? "the title is bound to another address or certificate"
            : "it is not on the list";
    }

    private IReadOnlyList<string>? SyntaxesFor(string sopClass, AssociationRequest request) => sopClass switch
    {
        SopClasses.Verification => TransferSyntaxes.Native,
        // Only for an archive that reports a commitment of ours, as PS3.4 J.3.3 has it: the requestor is the provider.
        SopClasses.StorageCommitmentPush => request.ProviderRoles.Contains(sopClass) ? TransferSyntaxes.Native : null,
        _ => _sopClasses.Contains(sopClass) ? _transferSyntaxes : null,
    };
}
