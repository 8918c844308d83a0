using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>
/// Where received objects lie: first spool/incoming/RANDOM.part, then spool/aa/bb/NAME.dcm. NAME depends on the SOP instance
/// UID and on the content, so unlike contents never overwrite each other and a repeated object finds its own file. Folders
/// and names are hashes; no value from the network is ever part of a path.
/// </summary>
internal sealed class InstanceSpool
{
    private static readonly TimeSpan s_partAge = TimeSpan.FromHours(1);

    private readonly string _dataFolder;
    private readonly string _spool;
    private readonly string _incoming;
    private readonly ListenerOptions _options;
    private readonly ConcurrentDictionary<string, byte> _durableFolders = new();
    private readonly FolderFlushes _flushes;

    public InstanceSpool(string dataFolder, ListenerOptions options)
        : this(dataFolder, options, DurableFolder.Flush)
    {
    }

    /// <param name="dataFolder">Where the spool lies.</param>
    /// <param name="options">Limits.</param>
    /// <param name="flush">Flushes a folder, or throws.</param>
    internal InstanceSpool(string dataFolder, ListenerOptions options, Action<string> flush)
    {
        _flushes = new FolderFlushes(flush);
        _dataFolder = Path.GetFullPath(dataFolder);
        _spool = Path.Combine(_dataFolder, "spool");
        _incoming = Path.Combine(_spool, "incoming");
        _options = options;
        Directory.CreateDirectory(_incoming);
        FlushFolder(_dataFolder); // the spool's own entry; those below it are flushed as they are made
    }

    /// <summary>True when more is free than the reserve.</summary>
    public bool HasRoom => new DriveInfo(_spool).AvailableFreeSpace > _options.DiskReserveBytes;

    /// <summary>Deletes what a crash left half received more than an hour ago.</summary>
    /// <returns>How many files.</returns>
    public int Sweep(DateTimeOffset now)
    {
        var old = new DirectoryInfo(_incoming).EnumerateFiles("*.part")
            .Where(f => f.LastWriteTimeUtc < (now - s_partAge).UtcDateTime)
            .ToList();
        old.ForEach(f => f.Delete());
        return old.Count;
    }

    /// <summary>
    /// Receives one data set: header of our own, then the bytes as they come, hashed and skimmed on the way. Stops early when
    /// it is unreadable or too large; what is left unread is the caller's. The result is the caller's to dispose.
    /// </summary>
    /// <exception cref="IOException">The disk refused.</exception>
    /// <exception cref="AssociationLostException">The peer was lost; nothing is left behind.</exception>
    public async Task<IncomingFile> ReceiveAsync(
        StoreRequest request, string callingAe, Stream dataSet, CancellationToken ct)
    {
        var incoming = Create();
        try
        {
            var header = Part10.BuildHeader(
                request.SopClassUid, request.SopInstanceUid, request.TransferSyntaxUid, callingAe);
            incoming.Append(header);
            await CopyAsync(incoming, request.TransferSyntaxUid, dataSet, ct);
            return incoming;
        }
        catch
        {
            incoming.Dispose();
            throw;
        }
    }

    /// <summary>Flushes the file, renames it into place and flushes the folder. When it returns, a crash loses nothing.</summary>
    /// <returns>The file's path relative to the data folder.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public string Keep(IncomingFile incoming, string studyInstanceUid, string sopInstanceUid, string sha256)
    {
        if (_options.IsDurable)
        {
            RandomAccess.FlushToDisk(incoming.Handle);
        }

        // Closed before it has its name: an open handle would keep the reader that comes first from opening the file.
        incoming.Handle.Dispose();
        var study = Hash(studyInstanceUid);
        var folder = MakeFolder(study[..2], study[2..4]);
        var path = Path.Combine(folder, $"{Hash(sopInstanceUid)}-{sha256[..16]}.dcm");

        // The same name is the same content. It may be acknowledged already, so it is neither overwritten nor ever
        // deleted here, whatever becomes of the row: a commit whose answer was lost may have happened.
        if (!File.Exists(path))
        {
            File.Move(incoming.Path, path, overwrite: true);
            incoming.IsKept = true;
        }

        FlushFolder(folder);
        return Path.GetRelativePath(_dataFolder, path);
    }

    private async Task CopyAsync(IncomingFile incoming, string transferSyntax, Stream dataSet, CancellationToken ct)
    {
        using var skimmer = new DataSetSkimmer(transferSyntax, new SkimLimits());
        using var pieces = new Pieces(dataSet);
        while (!skimmer.IsRefused && await pieces.NextAsync(ct) is { IsEmpty: false } bytes)
        {
            if (incoming.Length + bytes.Length > _options.MaxObjectBytes)
            {
                incoming.IsTooLarge = true;
                return;
            }

            skimmer.Append(bytes.Span);
            incoming.Append(bytes.Span);
        }

        incoming.Complete();
        incoming.Skim = skimmer.Complete();
    }

    private IncomingFile Create()
    {
        var path = Path.Combine(_incoming, $"{Guid.NewGuid():N}.part");
        return new IncomingFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None));
    }

    private string MakeFolder(string first, string second)
    {
        var outer = Path.Combine(_spool, first);
        var inner = Path.Combine(outer, second);
        if (!_durableFolders.ContainsKey(inner))
        {
            Directory.CreateDirectory(inner);
            FlushFolder(_spool);
            FlushFolder(outer);
            _durableFolders[inner] = 0;
        }

        return inner;
    }

    private void FlushFolder(string folder)
    {
        if (_options.IsDurable)
        {
            _flushes.Flush(folder);
        }
    }

    private static string Hash(string uid) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(uid)));
}
