using System.Net.Sockets;

namespace VMUNet.Dimse;

/// <summary>
/// A socket as a stream for a thread of its own: every read and write is done when the call returns, also those that are
/// called asynchronous, so that nothing hops between threads. While a call waits for the peer, <see cref="Waiting"/> is
/// asked four times a second whether to go on; it throws where not.
/// </summary>
internal sealed class WaitingStream : Stream
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private readonly Socket _socket;

    /// <param name="socket">Not owned, and used asynchronously by nobody.</param>
    /// <param name="write">Time in which the peer must take what one call writes, once it takes anything.</param>
    public WaitingStream(Socket socket, TimeSpan write)
    {
        // Never used asynchronously before, so it blocks in the kernel instead of waiting for an event of the pool.
        _socket = socket;
        _socket.ReceiveTimeout = (int)s_look.TotalMilliseconds;
        _socket.SendTimeout = (int)Math.Max(1, write.TotalMilliseconds);
    }

    /// <summary>Throws when a call that waits shall not wait any longer.</summary>
    public Action Waiting { get; set; } = () => { };

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var count = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                return count;
            }

            if (error is not (SocketError.TimedOut or SocketError.WouldBlock or SocketError.Interrupted))
            {
                throw new IOException($"the peer cannot be read: {error}", new SocketException((int)error));
            }

            Waiting();
        }
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            while (!_socket.Poll(s_look, SelectMode.SelectWrite))
            {
                Waiting();
            }

            // A peer that takes less than all of it is waited for in the kernel, and no longer than the send time-out.
            _socket.Send(buffer);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new TransportEnded(ReadEnd.TimedOut, e);
        }
        catch (SocketException e)
        {
            throw new IOException($"the peer cannot be written to: {e.SocketErrorCode}", e);
        }
    }

    /// <summary>Wakes a read that waits: it returns 0. What is still to be said can be said.</summary>
    public void StopReading()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Receive);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return; // it has ended by itself
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer.AsSpan(offset, count)));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
