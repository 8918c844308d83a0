using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;

namespace VMUNet.Dimse;

/// <summary>One PDU as it came; the body is valid until the next one is read.</summary>
internal readonly record struct PduFrame(PduType Type, ReadOnlyMemory<byte> Body);

/// <summary>Why reading ended without a PDU.</summary>
internal enum ReadEnd
{
    Closed,
    TimedOut,
    TooSlow,
}

/// <summary>The transport broke, was closed, or the peer was too slow.</summary>
internal sealed class TransportEnded(ReadEnd end, Exception? inner = null)
    : IOException($"connection ended: {end}", inner)
{
    public ReadEnd End { get; } = end;
}

/// <summary>
/// PDUs over a stream. Lengths are judged from the six header bytes, before memory is taken; the buffer grows only with
/// bytes that really came. One PDU is one write.
/// </summary>
/// <param name="stream">The transport; disposed with the connection.</param>
/// <param name="limits">Patience with the peer.</param>
/// <param name="time">Clock of the limits.</param>
/// <param name="closeSending">Tells the peer that nothing follows, while what it still sends can be read.</param>
/// <param name="network">The socket below the transport, where the caller's thread is the connection's own: reads and
/// writes then wait in the call. Null: nothing waits in a call.</param>
internal sealed partial class PduConnection(
    Stream stream, PeerLimits limits, TimeProvider time, Func<Task> closeSending, WaitingStream? network = null) : IDisposable
{
    // A peer that says nothing costs the first; what is longer than a command takes the third at once.
    private const int FirstCapacity = 1024;
    private const int CommandCapacity = 16_384;
    private const int DataCapacity = 65_536;
    private const int LingerBytes = 16 * 1024 * 1024;

    /// <summary>Bytes that a read may take: the rest of the PDU in hand and the next one's header, so that what follows arrives at
    /// the buffer's start instead of being moved there.</summary>
    private int _wanted;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstCapacity);
    private int _start;
    private int _end;
    private CancellationTokenSource _timer = new(Timeout.InfiniteTimeSpan, time);
    private TimeSpan _windowWaited;
    private long _windowBytes;

    /// <summary>What the peer may do.</summary>
    public PeerLimits Limits => limits;

    /// <summary>Bytes received in all.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>
    /// Next PDU. Before its first byte the peer may be silent for <paramref name="patience"/>; after it, or when
    /// <paramref name="insideMessage"/> is set, the least rate applies.
    /// </summary>
    /// <exception cref="PduFault">The header is not acceptable.</exception>
    /// <exception cref="TransportEnded">Closed, silent or too slow.</exception>
    public async ValueTask<PduFrame> ReadAsync(TimeSpan patience, bool insideMessage, CancellationToken ct)
    {
        if (!insideMessage)
        {
            (_windowWaited, _windowBytes) = (TimeSpan.Zero, 0);
        }

        while (_end - _start < PduLimits.HeaderLength)
        {
            await FillAsync(PduLimits.HeaderLength, patience, insideMessage || _end > _start, ct);
        }

        var (type, length) = Header();
        var total = PduLimits.HeaderLength + length;
        while (_end - _start < total)
        {
            await FillAsync(total, patience, rated: true, ct);
        }

        var body = _buffer.AsMemory(_start + PduLimits.HeaderLength, length);
        _start += total;
        return new PduFrame(type, body);
    }

    /// <summary>Waits for the first byte of a PDU, without judging the peer for its silence.</summary>
    /// <returns>False when nothing came in time; the connection is as it was.</returns>
    /// <exception cref="TransportEnded">Closed.</exception>
    public async ValueTask<bool> WaitAsync(TimeSpan patience, CancellationToken ct)
    {
        if (_end > _start)
        {
            return true;
        }

        try
        {
            await FillAsync(PduLimits.HeaderLength, patience, rated: false, ct);
            return true;
        }
        catch (TransportEnded ended) when (ended.End == ReadEnd.TimedOut)
        {
            return false;
        }
    }

    /// <summary>Writes one complete PDU.</summary>
    /// <exception cref="TransportEnded">The peer does not take it in time, or the connection broke.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> pdu, CancellationToken ct)
    {
        if (network is not null)
        {
            WriteHere(pdu.Span, ct);
            return;
        }

        using var writing = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var late = new Timed(writing, limits.Write, time);
        try
        {
            await stream.WriteAsync(pdu, writing.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TransportEnded(ReadEnd.TimedOut);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new TransportEnded(ReadEnd.Closed, e);
        }
    }

    /// <summary>
    /// Ends our side and waits for the peer to close, reading and forgetting what it still sends. Closing at once, with
    /// bytes unread, would make the system send a reset that may overtake our last PDU.
    /// </summary>
    public async Task LingerAsync(CancellationToken ct)
    {
        if (network is not null)
        {
            await LingerHereAsync(ct);
            return;
        }

        using var until = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var late = new Timed(until, limits.Close, time);
        try
        {
            await closeSending();
            for (long read = 0; read < LingerBytes;)
            {
                var count = await stream.ReadAsync(_buffer, until.Token);
                if (count == 0)
                {
                    return;
                }

                read += count;
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return; // the connection is over either way
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        stream.Dispose();
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private (PduType Type, int Length) Header()
    {
        var header = _buffer.AsSpan(_start, PduLimits.HeaderLength);
        var length = BinaryPrimitives.ReadUInt32BigEndian(header[2..]);
        var type = (PduType)header[0];
        var legal = type switch
        {
            PduType.AssociateRequest or PduType.AssociateAccept =>
                length >= PduLimits.AssociateFixedLength && length <= limits.MaxAssociateLength,
            PduType.Data => length >= 6 && length <= limits.MaxPduLength + PduLimits.HeaderLength,
            PduType.AssociateReject or PduType.ReleaseRequest or PduType.ReleaseResponse or PduType.Abort => length == 4,
            _ => throw new PduFault(AbortReason.UnrecognizedPdu, $"PDU type {header[0]:X2}"),
        };
        return legal
            ? (type, (int)length)
            : throw new PduFault(AbortReason.InvalidParameterValue, $"{type} of {length} bytes");
    }

    private async ValueTask FillAsync(int needed, TimeSpan patience, bool rated, CancellationToken ct)
    {
        MakeRoom(needed);
        _wanted = needed > PduLimits.HeaderLength
            ? needed - (_end - _start) + PduLimits.HeaderLength
            : CommandCapacity;
        if (network is not null)
        {
            FillHere(patience, rated, ct);
            return;
        }

        var wait = rated ? limits.RateWindow - _windowWaited : patience;
        var started = time.GetTimestamp();
        var count = await ReceiveAsync(wait, rated, ct);
        BytesReceived += count;
        _end += count;
        if (rated)
        {
            CountRate(count, time.GetElapsedTime(started));
        }
    }

    private async ValueTask<int> ReceiveAsync(TimeSpan wait, bool rated, CancellationToken ct)
    {
        _timer.CancelAfter(wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1));
        try
        {
            int count;
            await using (ct.UnsafeRegister(static t => ((CancellationTokenSource)t!).Cancel(), _timer))
            {
                count = await stream.ReadAsync(Room, _timer.Token);
            }

            return count > 0 ? count : throw new TransportEnded(ReadEnd.Closed);
        }
        catch (OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            return rated && _windowBytes >= Quota ? 0 : throw new TransportEnded(rated ? ReadEnd.TooSlow : ReadEnd.TimedOut);
        }
        catch (Exception e) when (e is IOException and not TransportEnded or ObjectDisposedException)
        {
            throw new TransportEnded(ReadEnd.Closed, e);
        }
        finally
        {
            if (!_timer.TryReset())
            {
                _timer.Dispose();
                _timer = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
            }
        }
    }

    private Memory<byte> Room => _buffer.AsMemory(_end, Math.Min(_buffer.Length - _end, _wanted));

    private long Quota => (long)(limits.RateWindow.TotalSeconds * limits.MinBytesPerSecond);

    // Only time spent waiting for the peer counts, so our own slow disk never makes a peer look slow.
    private void CountRate(int count, TimeSpan waited)
    {
        _windowBytes += count;
        _windowWaited += waited;
        if (_windowWaited < limits.RateWindow)
        {
            return;
        }

        if (_windowBytes < Quota)
        {
            throw new TransportEnded(ReadEnd.TooSlow);
        }

        (_windowWaited, _windowBytes) = (TimeSpan.Zero, 0);
    }

    private void MakeRoom(int needed)
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        if (_start > 0 && _start + needed > _buffer.Length)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            var grown = _buffer.Length < CommandCapacity ? CommandCapacity : Math.Max(DataCapacity, _buffer.Length * 2);
            var longer = ArrayPool<byte>.Shared.Rent(grown);
            Buffer.BlockCopy(_buffer, 0, longer, 0, _end);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = longer;
        }
    }

    /// <summary>Cancels a source after a time by the given clock; the source belongs to the caller.</summary>
    private sealed class Timed(CancellationTokenSource source, TimeSpan after, TimeProvider time) : IDisposable
    {
        private readonly ITimer _timer = time.CreateTimer(
            static s => Cancel((CancellationTokenSource)s!), source, after, Timeout.InfiniteTimeSpan);

        public void Dispose() => _timer.Dispose();

        private static void Cancel(CancellationTokenSource source)
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                return; // finished in the same moment
            }
        }
    }
}
