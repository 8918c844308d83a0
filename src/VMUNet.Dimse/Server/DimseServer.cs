using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

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
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

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

    /// <summary>Associations at the moment.</summary>
    public int OpenAssociations => _connections.Associations;

    /// <summary>Binds and begins to accept.</summary>
    /// <returns>The address and the real port.</returns>
    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public IPEndPoint Start()
    {
        var listener = new Socket(_options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(_options.Address, _options.Port));
            listener.Listen(128);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        _listener = listener;
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        _accepting = AcceptAsync(listener);
        return EndPoint;
    }

    /// <summary>Stops accepting, aborts what is open, and waits until the handler has been told of every end.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _listener?.Dispose();
        await _accepting;
        await Task.WhenAll(_running.Keys);
    }

    /// <summary>Same as <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptAsync(_stopping.Token));
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
    private void Begin(Socket socket)
    {
        if (RemoteAddressOf(socket) is not { } address)
        {
            socket.Dispose();
            return;
        }

        var entry = _connections.AddPending(socket, address);
        var task = Task.Run(() => ServeAsync(socket, entry), CancellationToken.None);
        _running.TryAdd(task, 0);
        _ = task.ContinueWith(
            t => _running.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket, ConnectionTable.Entry entry)
    {
        using (socket)
        {
            try
            {
                socket.NoDelay = true;
                await using var stream = new NetworkStream(socket, ownsSocket: false);
                using var connection = new PduConnection(
                    stream, _options.ToPeerLimits(), _time, () => socket.Shutdown(SocketShutdown.Send));
                await new ServerAssociation(connection, entry, _connections, _options, _handler, _time)
                    .RunAsync(_stopping.Token);
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
