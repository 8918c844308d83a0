using System.Collections.Concurrent;
using System.Net;
using VMUNet.Dicom;
using VMUNet.Dimse;

namespace VMUNet.Jobs.Tests;

/// <summary>A C-STORE SCP on a free port that keeps what it gets and answers as told.</summary>
internal sealed class ArchiveStandIn : IAssociationHandler, IAsyncDisposable
{
    private readonly DimseServer _server;

    public ArchiveStandIn(int port = 0)
    {
        _server = new DimseServer(new DimseServerOptions { Port = port }, this, TimeProvider.System);
        Port = _server.Start().Port;
    }

    public int Port { get; }

    public string Destination => new Destination("archive", "ARCHIVE", "127.0.0.1", Port).ToString();

    /// <summary>Transfer syntaxes that are accepted.</summary>
    public IReadOnlyList<string> Syntaxes { get; init; } = TransferSyntaxes.Native;

    public Func<int, DimseStatus> Answer { get; init; } = _ => DimseStatus.Success;

    public ConcurrentQueue<(StoreRequest Request, byte[] Data)> Received { get; } = new();

    public AssociationVerdict Judge(AssociationRequest request) => request.CallingAe == "STRANGER"
        ? new AssociationVerdict.Rejected(RejectReason.CallingAeNotRecognized, "unknown")
        : new AssociationVerdict.Accepted([.. request.Contexts.Select(c =>
            c.TransferSyntaxes.Intersect(Syntaxes).FirstOrDefault() is { } syntax
                ? new ContextAnswer(c.Id, ContextResult.Accepted, c.AbstractSyntax, syntax)
                : new ContextAnswer(c.Id, ContextResult.TransferSyntaxesNotSupported, c.AbstractSyntax, c.TransferSyntaxes[0]))]);

    public Task OpenedAsync(AssociationInfo association, CancellationToken ct) => Task.CompletedTask;

    public async Task<DimseStatus> StoreAsync(
        AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct)
    {
        using var memory = new MemoryStream();
        await dataSet.CopyToAsync(memory, ct);
        Received.Enqueue((request, memory.ToArray()));
        return Answer(Received.Count);
    }

    public Task ClosedAsync(AssociationInfo association, AssociationEnd how, string why) => Task.CompletedTask;

    public void Refused(IPAddress remoteAddress, AssociationEnd how, string why)
    {
    }

    public void Failed(AssociationInfo association, string correlationId, Exception exception)
    {
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();
}
