using System.Collections.Concurrent;

namespace VMUNet.DicomListener;

/// <summary>
/// Flushes of folders, shared: those who come while a folder is being flushed wait for the next flush and are all served by
/// it. A flush that began before a file had its name never counts for that file.
/// </summary>
/// <param name="flush">Flushes a folder, or throws.</param>
internal sealed class FolderFlushes(Action<string> flush)
{
    private readonly ConcurrentDictionary<string, Lane> _lanes = new();

    /// <summary>Returns when a flush of the folder that began after this call is done.</summary>
    /// <exception cref="IOException">The system refused; everyone whom that flush was to serve is told.</exception>
    public void Flush(string folder)
    {
        var lane = _lanes.GetOrAdd(folder, _ => new Lane());
        var round = lane.Join();
        lock (lane)
        {
            if (!round.IsDone)
            {
                lane.Begin();
                Run(round, folder);
            }
        }

        if (round.Fault is { } fault)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    private void Run(Round round, string folder)
    {
        try
        {
            flush(folder);
        }
        catch (IOException e)
        {
            // Not tried again: after a failed flush the system may call the next one good although nothing was written.
            round.Fault = e;
        }

        round.IsDone = true;
    }

    /// <summary>One flush and those who wait for it.</summary>
    private sealed class Round
    {
        public bool IsDone { get; set; }

        public IOException? Fault { get; set; }
    }

    /// <summary>A folder; its lock is held while it is being flushed.</summary>
    private sealed class Lane
    {
        private readonly Lock _gate = new();
        private Round? _next;

        /// <summary>The round that has not begun.</summary>
        public Round Join()
        {
            lock (_gate)
            {
                return _next ??= new Round();
            }
        }

        /// <summary>Who comes from now on belongs to the round after.</summary>
        public void Begin()
        {
            lock (_gate)
            {
                _next = null;
            }
        }
    }
}
