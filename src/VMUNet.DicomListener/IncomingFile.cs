using System.Buffers;
using Microsoft.Win32.SafeHandles;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>An object that lies in the spool's incoming folder; deleted unless it was put into place.</summary>
internal sealed class IncomingFile(string path, SafeFileHandle handle) : IDisposable
{
    // Smaller pieces are gathered to one write; larger ones go to the file as they are.
    private const int Piece = 32_768;

    private byte[] _gathered = [];
    private int _count;

    public string Path { get; } = path;

    public SafeFileHandle Handle { get; } = handle;

    /// <summary>Bytes of the file, the Part 10 header included.</summary>
    public long Length { get; private set; }

    /// <summary>What the data set says of itself.</summary>
    public SkimResult Skim { get; set; } = new SkimResult.Refused(SkimFault.Truncated, "nothing received");

    /// <summary>True when it was cut off at the greatest size of an object.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>True when it has its final name.</summary>
    public bool IsKept { get; set; }

    /// <summary>Adds bytes at the end; <see cref="Complete"/> writes the last of them.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > Piece)
        {
            Complete();
        }

        if (bytes.Length > Piece)
        {
            RandomAccess.Write(Handle, bytes, Length);
        }
        else
        {
            _gathered = _gathered.Length > 0 ? _gathered : ArrayPool<byte>.Shared.Rent(Piece);
            bytes.CopyTo(_gathered.AsSpan(_count));
            _count += bytes.Length;
        }

        Length += bytes.Length;
    }

    /// <summary>Writes what was gathered.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Complete()
    {
        if (_count > 0)
        {
            RandomAccess.Write(Handle, _gathered.AsSpan(0, _count), Length - _count);
            _count = 0;
        }
    }

    /// <summary>Closes; deletes what is still under its temporary name.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        if (!IsKept)
        {
            File.Delete(Path);
        }

        ArrayPool<byte>.Shared.Return(_gathered);
        _gathered = [];
    }
}
