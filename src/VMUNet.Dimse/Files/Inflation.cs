using System.IO.Compression;

namespace VMUNet.Dimse;

/// <summary>Takes what <see cref="Inflation"/> has inflated.</summary>
internal delegate void TakeBytes(ReadOnlySpan<byte> bytes);

/// <summary>A deflated data set (PS3.5 A.5), inflated as its bytes arrive and never beyond the limits.</summary>
internal sealed class Inflation : IDisposable
{
    private const long Slack = 1_048_576;

    private readonly Arriving _arriving = new();
    private readonly DeflateStream _inflating;
    private readonly SkimLimits _limits;
    private readonly TakeBytes _take;
    private readonly byte[] _piece = new byte[16_384];
    private long _taken;
    private long _given;
    private long _behind;

    /// <param name="limits">How much may come out.</param>
    /// <param name="take">Given what comes out.</param>
    public Inflation(SkimLimits limits, TakeBytes take)
    {
        (_limits, _take) = (limits, take);
        _inflating = new DeflateStream(_arriving, CompressionMode.Decompress);
    }

    /// <summary>True when the last block has come; only then is the data set whole.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes the next bytes. False: they are no deflated data, too much comes out of them, or more than what
    /// may pad them follows the last block.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty && !HasEnded)
            {
                var part = bytes[..Math.Min(bytes.Length, Arriving.Most)];
                _taken += part.Length;
                _arriving.Set(part);
                for (int count; (count = _inflating.Read(_piece)) > 0;)
                {
                    if ((_given += count) > Math.Min(_limits.MaxInflated, (_limits.MaxInflatedFold * _taken) + Slack))
                    {
                        return false;
                    }

                    _take(_piece.AsSpan(0, count));
                }

                _arriving.WasAsked = false;
                HasEnded = _inflating.Read(_piece) == 0 && !_arriving.WasAsked;
                bytes = bytes[(part.Length - _arriving.Left)..];
            }

            _behind += bytes.Length;
            return _behind <= 1;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public void Dispose() => _inflating.Dispose();

    /// <summary>What has arrived and is not inflated yet; its end is only the end for now.</summary>
    private sealed class Arriving : Stream
    {
        public const int Most = 16_384;

        // What the inflater holds when its last block ends cannot be asked for; so it never holds more than this.
        private const int Sip = 8;

        private readonly byte[] _bytes = new byte[Most];
        private int _at;
        private int _end;

        public bool WasAsked { get; set; }

        /// <summary>Bytes that the inflater did not ask for: they lie behind the last block.</summary>
        public int Left => _end - _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Set(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_bytes);
            (_at, _end) = (0, bytes.Length);
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            WasAsked = true;
            var given = Math.Min(Math.Min(count, Sip), _end - _at);
            _bytes.AsSpan(_at, given).CopyTo(buffer.AsSpan(offset));
            _at += given;
            return given;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
