using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Who may open an association, and for what; a pure decision from the options.</summary>
internal sealed class AssociationPolicy
{
    private readonly HashSet<string> _titles;
    private readonly List<AllowedCaller> _callers;
    private readonly HashSet<string> _sopClasses;

    public AssociationPolicy(ListenerOptions options)
    {
        _titles = [.. options.OurTitles.Select(t => t.Trim())];
        _callers = [.. options.AllowedCallers.Select(AllowedCaller.TryParse).OfType<AllowedCaller>()];
        _sopClasses = [.. SopClasses.AcceptedForStorage, .. options.AdditionalSopClasses];
    }

    public AssociationVerdict Judge(AssociationRequest request)
    {
        if (!AeTitle.IsValid(request.CalledAe) || !_titles.Contains(request.CalledAe))
        {
            return new AssociationVerdict.Rejected(
                RejectReason.CalledAeNotRecognized,
                $"called AE \"{AeTitle.Escape(request.CalledAe)}\" is not ours ({string.Join(", ", _titles)})");
        }

        if (!AeTitle.IsValid(request.CallingAe) || !IsAllowed(request))
        {
            return new AssociationVerdict.Rejected(
                RejectReason.CallingAeNotRecognized,
                $"calling AE \"{AeTitle.Escape(request.CallingAe)}\" may not call from {request.RemoteAddress}");
        }

        return new AssociationVerdict.Accepted(ContextNegotiation.Answer(request.Contexts, SyntaxesFor));
    }

    private bool IsAllowed(AssociationRequest request) =>
        _callers.Count == 0 || _callers.Exists(c => c.Allows(request.CallingAe, request.RemoteAddress));

    private IReadOnlyList<string>? SyntaxesFor(string sopClass)
    {
        if (sopClass == SopClasses.Verification)
        {
            return TransferSyntaxes.Native;
        }

        return _sopClasses.Contains(sopClass) ? ListenerOptions.AcceptedTransferSyntaxes : null;
    }
}
