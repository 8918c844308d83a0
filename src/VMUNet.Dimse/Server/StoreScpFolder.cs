using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace VMUNet.Dimse;

/// <summary>
/// A small archive stand-in for demonstrations and tests: a C-STORE and C-ECHO provider on loopback that keeps what it gets
/// as DICOM files in one folder, bit for bit. It judges no titles and promises no durability; the product's own listener is
/// another room.
/// </summary>
public sealed class StoreScpFolder : IAsyncDisposable
{
    private readonly DimseServer _server;
    private readonly Handler _handler;

    private StoreScpFolder(DimseServer server, Handler handler, IPEndPoint endPoint) =>
        (_server, _handler, Port) = (server, handler, endPoint.Port);

    /// <summary>The real port.</summary>
    public int Port { get; }

    /// <summary>What has been kept so far, oldest first.</summary>
    public IReadOnlyList<ReceivedFile> Received => _handler.Snapshot();

    /// <summary>Starts on a free port of loopback, or on the port given.</summary>
    /// <param name="folder">Where files go; created when missing. Names are hashes of the SOP instance UID.</param>
    /// <param name="port">0 takes a free one.</param>
    /// <param name="transferSyntaxes">Accepted syntaxes, best first; little endian explicit and implicit by default.</param>
    /// <param name="onReceived">Called after a file is complete and before success is answered.</param>
    public static StoreScpFolder Start(
        string folder,
        int port = 0,
        IReadOnlyList<string>? transferSyntaxes = null,
        Action<ReceivedFile>? onReceived = null)
    {
        Directory.CreateDirectory(folder);
        var handler = new Handler(folder, transferSyntaxes ?? TransferSyntaxes.Native, onReceived);
        var server = new DimseServer(new DimseServerOptions { Port = port }, handler, TimeProvider.System);
        return new StoreScpFolder(server, handler, server.Start());
    }

    /// <summary>Stops accepting and closes what is open.</summary>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Handler(
        string folder, IReadOnlyList<string> syntaxes, Action<ReceivedFile>? onReceived) : IAssociationHandler
    {
        private readonly Lock _lock = new();
        private readonly List<ReceivedFile> _received = [];

        public IReadOnlyList<ReceivedFile> Snapshot()
        {
            lock (_lock)
            {
                return [.. _received];
            }
        }

        public AssociationVerdict Judge(AssociationRequest request) =>
            new AssociationVerdict.Accepted(ContextNegotiation.Answer(request.Contexts, _ => syntaxes));

        public Task OpenedAsync(AssociationInfo association, CancellationToken ct) => Task.CompletedTask;

        public async Task<DimseStatus> StoreAsync(
            AssociationInfo association, StoreRequest request, Stream dataSet, CancellationToken ct)
        {
            var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(request.SopInstanceUid)));
            var path = Path.Combine(folder, name[..32] + ".dcm");
            var part = Path.Combine(folder, Guid.NewGuid().ToString("N") + ".part");
            try
            {
                await using (var file = File.Create(part))
                {
                    await file.WriteAsync(
                        Part10.BuildHeader(
                            request.SopClassUid, request.SopInstanceUid, request.TransferSyntaxUid, association.CallingAe),
                        ct);
                    await dataSet.CopyToAsync(file, ct);
                }

                File.Move(part, path, overwrite: true);
            }
            finally
            {
                File.Delete(part);
            }

            var received = new ReceivedFile(path, request.SopClassUid, request.SopInstanceUid, association.CallingAe);
            lock (_lock)
            {
                _received.Add(received);
            }

            onReceived?.Invoke(received);
            return DimseStatus.Success;
        }

        public Task ClosedAsync(AssociationInfo association, AssociationEnd how, string why) => Task.CompletedTask;

        public void Refused(IPAddress remoteAddress, AssociationEnd how, string why)
        {
        }

        public void Failed(AssociationInfo association, string correlationId, Exception exception)
        {
        }
    }
}
