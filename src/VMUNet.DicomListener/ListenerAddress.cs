using System.Net;

namespace VMUNet.DicomListener;

/// <summary>Where the listener really listens, once it does; with port 0 configured this is the port that was free.</summary>
public sealed class ListenerAddress
{
    private readonly TaskCompletionSource<IPEndPoint> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The address; null before it listens.</summary>
    public IPEndPoint? EndPoint { get; private set; }

    /// <summary>The address of the TLS port; null before it listens and where TLS is not configured.</summary>
    public IPEndPoint? TlsEndPoint { get; private set; }

    /// <summary>Waits until it listens.</summary>
    public Task<IPEndPoint> ReadyAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    internal void Set(IPEndPoint endPoint, IPEndPoint? tlsEndPoint)
    {
        (EndPoint, TlsEndPoint) = (endPoint, tlsEndPoint);
        _ready.TrySetResult(endPoint);
    }
}
