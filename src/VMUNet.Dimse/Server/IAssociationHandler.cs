using System.Net;

namespace VMUNet.Dimse;

/// <summary>
/// The application behind a <see cref="DimseServer"/>. Calls of one association come one after another; calls of
/// different associations come at the same time.
/// </summary>
public interface IAssociationHandler
{
    /// <summary>Judges a request; a pure decision. C-ECHO is answered by the server wherever Verification is accepted.</summary>
    AssociationVerdict Judge(AssociationRequest request);

    /// <summary>An association was accepted; called before the peer learns it.</summary>
    Task OpenedAsync(AssociationInfo association, CancellationToken ct);

    /// <summary>
    /// Receives one object. The stream gives the data set as it arrives, forward only, and throws
    /// <see cref="AssociationLostException"/> when the peer is lost before its end; let that pass. What is left unread is
    /// drained. An exception of any other kind is answered with 0110.
    /// </summary>
    Task<DimseStatus> StoreAsync(AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct);

    /// <summary>
    /// A storage commitment event of an archive. Not supported unless the handler says otherwise; an exception is answered
    /// with 0110.
    /// </summary>
    Task<DimseStatus> EventAsync(AssociationInfo association, EventReport report, CancellationToken ct) =>
        Task.FromResult(DimseStatus.UnrecognizedOperation);

    /// <summary>The peer asks for the release, which is answered afterwards; an exception ends the connection instead.</summary>
    Task ReleasingAsync(AssociationInfo association, CancellationToken ct) => Task.CompletedTask;

    /// <summary>An association that was opened has ended.</summary>
    Task ClosedAsync(AssociationInfo association, AssociationEnd how, string why);

    /// <summary>A connection ended without an association: rejected, or not a DICOM peer.</summary>
    void Refused(IPAddress remoteAddress, AssociationEnd how, string why);

    /// <summary>A call of this handler threw; the peer was answered with 0110 and the comment names the correlation id.</summary>
    void Failed(AssociationInfo association, string correlationId, Exception exception);
}
