using System.Net.Sockets;

namespace VMUNet.Dimse;

/// <summary>The same on a thread of the connection's own: a read or write is done when the call returns.</summary>
internal sealed partial class PduConnection
{
    private TimeSpan _patience;
    private bool _isRated;
    private long _waitingSince;
    private CancellationToken _waitingFor;
    private Action? _look;

    private void FillHere(TimeSpan patience, bool rated, CancellationToken ct)
    {
        var count = ReceiveHere(patience, rated, ct);
        BytesReceived += count;
        _end += count;
        if (rated)
        {
            CountRate(count, time.GetElapsedTime(_waitingSince));
        }
    }

    private int ReceiveHere(TimeSpan patience, bool rated, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        (_patience, _isRated, _waitingFor, _waitingSince) = (patience, rated, ct, time.GetTimestamp());
        network!.Waiting = _look ??= LookWhileReading;
        try
        {
            var count = stream.Read(Room.Span);
            ct.ThrowIfCancellationRequested();
            return count > 0 ? count : throw new TransportEnded(ReadEnd.Closed);
        }
        catch (Exception e) when (e is IOException and not TransportEnded or ObjectDisposedException)
        {
            throw new TransportEnded(ReadEnd.Closed, e);
        }
    }

    private void LookWhileReading()
    {
        _waitingFor.ThrowIfCancellationRequested();
        var waited = time.GetElapsedTime(_waitingSince);
        if (_isRated && _windowWaited + waited >= limits.RateWindow)
        {
            CountRate(0, waited); // too slow, or a new window
            _waitingSince = time.GetTimestamp();
        }
        else if (!_isRated && waited >= _patience)
        {
            throw new TransportEnded(ReadEnd.TimedOut);
        }
    }

    private void WriteHere(ReadOnlySpan<byte> pdu, CancellationToken ct)
    {
        var since = time.GetTimestamp();
        network!.Waiting = () =>
        {
            ct.ThrowIfCancellationRequested();
            if (time.GetElapsedTime(since) >= limits.Write)
            {
                throw new TransportEnded(ReadEnd.TimedOut);
            }
        };
        try
        {
            stream.Write(pdu);
        }
        catch (Exception e) when (e is IOException and not TransportEnded or ObjectDisposedException)
        {
            throw new TransportEnded(ReadEnd.Closed, e);
        }
    }

    private async Task LingerHereAsync(CancellationToken ct)
    {
        var since = time.GetTimestamp();
        try
        {
            await closeSending();
            (_start, _end, _wanted) = (0, 0, _buffer.Length);
            for (long read = 0; read < LingerBytes && time.GetElapsedTime(since) < limits.Close;)
            {
                read += ReceiveHere(limits.Close - time.GetElapsedTime(since), rated: false, ct);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return; // the connection is over either way
        }
    }
}
