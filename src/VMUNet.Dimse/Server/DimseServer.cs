using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace VMUNet.Dimse;

/// <summary>
/// A DICOM service class provider: accepts connections, drives the upper layer, answers C-ECHO, and gives associations
/// and C-STORE data sets to its handler. Whatever bytes a peer sends end, at worst, its own association.
/// </summary>
public sealed class DimseServer : IAsyncDisposable
{
    private readonly DimseServerOptions _options;
    private readonly IAssociationHandler _handler;
    private readonly TimeProvider _time;
    private readonly ConnectionTable _connections;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _running = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _accepting = [];

    /// <summary>A server that does not listen yet.</summary>
    public DimseServer(DimseServerOptions options, IAssociationHandler handler, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(time);
        (_options, _handler, _time) = (options, handler, time);
        _connections = new ConnectionTable(options);
    }

    /// <summary>Address and port that it really listens on; null before <see cref="Start"/>.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>Address and port of the TLS door; null before <see cref="Start"/> and without one.</summary>
    public IPEndPoint? TlsEndPoint { get; private set; }

    /// <summary>Associations at the moment.</summary>
    public int OpenAssociations => _connections.Associations;

    /// <summary>Binds and begins to accept.</summary>
    /// <returns>The address and the real port.</returns>
    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public IPEndPoint Start()
    {
        try
        {
            var plain = Listen(_options.Address, _options.Port);
            var secure = _options.Tls is { } tls ? Listen(tls.Address, tls.Port) : null;
            EndPoint = (IPEndPoint)plain.LocalEndPoint!;
            TlsEndPoint = (IPEndPoint?)secure?.LocalEndPoint;
            _accepting.Add(AcceptAsync(plain, null));
            if (secure is not null)
            {
                _accepting.Add(AcceptAsync(secure, _options.Tls));
            }
        }
        catch
        {
            _listeners.ForEach(l => l.Dispose());
            throw;
        }

        return EndPoint;
    }

    /// <summary>Stops accepting, aborts what is open, and waits until the handler has been told of every end.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _listeners.ForEach(l => l.Dispose());
        await Task.WhenAll(_accepting);
        await Task.WhenAll(_running.Keys);
    }

    /// <summary>Same as <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private Socket Listen(IPAddress address, int port)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listeners.Add(listener);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(128);
        return listener;
    }

    private async Task AcceptAsync(Socket listener, TlsEndpoint? tls)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptAsync(_stopping.Token), tls);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The peer vanished between SYN and accept, or descriptors ran out: either way the next may do better.
                await Task.Delay(TimeSpan.FromMilliseconds(20), _time, CancellationToken.None);
            }
        }
    }

    // Counted here, in the order of arrival, so that "the oldest" is the oldest.
    private void Begin(Socket socket, TlsEndpoint? tls)
    {
        if (RemoteAddressOf(socket) is not { } address)
        {
            socket.Dispose();
            return;
        }

        var entry = _connections.AddPending(socket, address);
        var task = ConversationThread.RunAsync("dicom", () => ServeAsync(socket, entry, tls));
        _running.TryAdd(task, 0);
        _ = task.ContinueWith(
            t => _running.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket, ConnectionTable.Entry entry, TlsEndpoint? tls)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                await using var network = new WaitingStream(socket, _options.WriteTimeout);
                await using var stopping = _stopping.Token.UnsafeRegister(s => ((WaitingStream)s!).StopReading(), network);
                if (tls is null)
                {
                    await ServeAsync(socket, network, network, entry, null);
                    return;
                }

                await using var secure = new SslStream(network, leaveInnerStreamOpen: true);
                await HandshakeAsync(secure, network, tls);
                await ServeAsync(socket, secure, network, entry, PeerNames(secure));
            }
            catch (AuthenticationException e)
            {
                _handler.Refused(entry.Address, AssociationEnd.Rejected, $"TLS: {(e.InnerException ?? e).Message}");
            }
            catch (OperationCanceledException)
            {
                var why = _stopping.IsCancellationRequested ? AssociationEnd.Shutdown : AssociationEnd.IdleTooLong;
                _handler.Refused(entry.Address, why, "no TLS handshake in time");
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException or IOException)
            {
                _handler.Refused(entry.Address, AssociationEnd.ConnectionClosed, "connection closed");
            }
#pragma warning disable CA1031 // a door: whatever fails in one connection must not end the server or the others
            catch (Exception e)
#pragma warning restore CA1031
            {
                _handler.Refused(entry.Address, AssociationEnd.InternalError, $"{e.GetType().Name}: {e.Message}");
            }
            finally
            {
                _connections.Remove(entry);
            }
        }
    }

    private async Task ServeAsync(Socket socket, Stream stream, WaitingStream network, ConnectionTable.Entry entry,
        IReadOnlyList<string>? certificateNames)
    {
        using var connection = new PduConnection(
            stream, _options.ToPeerLimits(), _time, () => CloseSendingAsync(socket, stream), network);
        await new ServerAssociation(connection, entry, _connections, _options, _handler, certificateNames, _time)
            .RunAsync(_stopping.Token);
    }

    // The connection counts as one without association meanwhile, so slow handshakes fall under those caps.
    private async Task HandshakeAsync(SslStream secure, WaitingStream network, TlsEndpoint tls)
    {
        using var late = new CancellationTokenSource(tls.HandshakeTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stopping.Token);
        network.Waiting = either.Token.ThrowIfCancellationRequested;
        await secure.AuthenticateAsServerAsync(tls.Credentials.ForServer(tls.RequireClientCertificate), either.Token);
    }

    private static IReadOnlyList<string> PeerNames(SslStream secure) =>
        secure.RemoteCertificate is X509Certificate2 certificate ? TlsCredentials.NamesOf(certificate) : [];

    internal static async Task CloseSendingAsync(Socket socket, Stream stream)
    {
        if (stream is SslStream secure)
        {
            await secure.ShutdownAsync();
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static IPAddress? RemoteAddressOf(Socket socket)
    {
        try
        {
            var address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
