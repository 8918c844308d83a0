using System.Globalization;

namespace VMUNet.Model;

/// <summary>One volume's way over a device, in two buffers that take turns.</summary>
internal interface ISliceWork
{
    /// <summary>Prepares slices in a buffer.</summary>
    /// <param name="buffer">0 or 1.</param>
    /// <param name="from">First slice.</param>
    /// <param name="count">Number of slices.</param>
    void Fill(int buffer, int from, int count);

    /// <summary>Hands a filled buffer to the device and need not wait for it.</summary>
    /// <exception cref="DeviceMemoryException">The device has not the memory for so many.</exception>
    void Start(int buffer, int count);

    /// <summary>Waits for what was started last, and takes its results.</summary>
    /// <exception cref="DeviceMemoryException">The device has not the memory for so many.</exception>
    void Finish(int buffer, int from, int count);
}

/// <summary>A device's memory is full. The slices may be tried again, fewer at once.</summary>
internal sealed class DeviceMemoryException(string message, Exception inner) : Exception(message, inner)
{
    /// <summary>Whether libtorch means this by an exception. It has no type of its own for it in C#.</summary>
    public static bool IsMeantBy(Exception e) => e is OutOfMemoryException || e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Slices in batches: the next batch is prepared while the device works on the one before. A batch too large for the device is tried
/// again at half its size, which then stays.
/// </summary>
internal static class SliceStream
{
    /// <summary>Streams slices 0 to <paramref name="slices"/> - 1, each once, in order.</summary>
    /// <param name="work">Does it.</param>
    /// <param name="slices">How many.</param>
    /// <param name="batch">How many at once.</param>
    /// <param name="say">Gets a line whenever the batch is halved.</param>
    /// <param name="ct">Looked at before every batch.</param>
    /// <returns>The batch that the device can take.</returns>
    /// <exception cref="DeviceMemoryException">Not even one slice fits.</exception>
    public static int Run(ISliceWork work, int slices, int batch, Action<string> say, CancellationToken ct)
    {
        int from = 0, buffer = 0;
        ct.ThrowIfCancellationRequested();
        work.Fill(buffer, from, Math.Min(batch, slices));
        while (from < slices)
        {
            ct.ThrowIfCancellationRequested();
            int count = Math.Min(batch, slices - from);
            try
            {
                work.Start(buffer, count);
                int next = from + count, following = Math.Min(batch, slices - next);
                if (following > 0)
                {
                    work.Fill(1 - buffer, next, following);
                }

                work.Finish(buffer, from, count);
                (from, buffer) = (next, 1 - buffer);
            }
            catch (DeviceMemoryException e) when (count > 1)
            {
                batch = count / 2;
                say(string.Create(CultureInfo.InvariantCulture, $"{count} slices at once do not fit the device's memory, now {batch}: {e.Message}"));
                work.Fill(buffer, from, Math.Min(batch, slices - from));
            }
        }

        return batch;
    }
}
