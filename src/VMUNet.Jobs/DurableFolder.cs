using System.Runtime.InteropServices;

namespace VMUNet.Jobs;

/// <summary>Makes names durable: after a rename, a folder has to be flushed as a file has.</summary>
internal static partial class DurableFolder
{
    private const int ReadOnlyFolder = 0x10000; // O_RDONLY | O_DIRECTORY

    /// <summary>Flushes a folder's entries to disk (fsync).</summary>
    /// <exception cref="IOException">The system refused.</exception>
    public static void Flush(string folder)
    {
        var descriptor = Open(folder, ReadOnlyFolder);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open the folder {folder}: error {Marshal.GetLastPInvokeError()}.");
        }

        try
        {
            if (Fsync(descriptor) != 0)
            {
                throw new IOException($"Cannot flush the folder {folder}: error {Marshal.GetLastPInvokeError()}.");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
