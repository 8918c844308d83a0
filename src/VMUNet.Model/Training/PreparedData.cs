using Microsoft.Win32.SafeHandles;

namespace VMUNet.Model;

/// <summary>
/// Where decoded images wait to be drawn again: in memory up to a limit, beyond it pictures are decoded anew and volumes lie
/// uncompressed in a file that goes with the process. So memory does not grow with the data set.
/// </summary>
/// <param name="folder">Folder for the file.</param>
/// <param name="memoryBytes">The limit.</param>
internal sealed class PreparedData(string folder, long memoryBytes = PreparedData.DefaultMemoryBytes) : IDisposable
{
    /// <summary>Bytes kept in memory unless another limit is given.</summary>
    public const long DefaultMemoryBytes = 512L << 20;

    private readonly Lock _lock = new();
    private long _taken;
    private SafeFileHandle? _file;
    private long _length;

    /// <summary>Bytes in the file.</summary>
    public long SpilledBytes => _length;

    /// <summary>Asks for room in memory; false when there is none left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= memoryBytes)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Appends bytes to the file; returns where they begin.</summary>
    public long Spill(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            _file ??= Opened();
            var at = _length;
            RandomAccess.Write(_file, bytes, at);
            _length += bytes.Length;
            return at;
        }
    }

    // Taken off the folder's list at once: the file goes with its handle, even when the process is killed.
    private SafeFileHandle Opened()
    {
        var path = Path.Combine(folder, $"prepared-{Environment.ProcessId}.tmp");
        var file = File.OpenHandle(
            path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        File.Delete(path);
        return file;
    }

    /// <summary>Reads bytes that were appended; safe from several threads.</summary>
    public void Read(long at, Span<byte> bytes)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var count = RandomAccess.Read(_file!, bytes[done..], at + done);
            done += count > 0 ? count : throw new EndOfStreamException("The file of prepared volumes was cut short.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
