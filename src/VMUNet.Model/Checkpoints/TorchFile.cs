using System.IO.Compression;
using System.Text;
using TorchSharp;
using VMUNet.Imaging;
using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>
/// A state_dict in PyTorch's own format: a zip archive with a pickle (data.pkl) and one entry of raw numbers a storage
/// (data/0, data/1, ...). Read without Python and without running anything; every size is checked before memory is taken.
/// </summary>
internal sealed class TorchFile : TensorFile
{
    private const long MostPickleBytes = 16 << 20;
    private const string Pickle = "data.pkl";

    /// <summary>Where a checkpoint keeps the state_dict when it is not the state_dict itself.</summary>
    private static readonly string[] Wrappers = ["model_state_dict", "model", "state_dict"];

    private readonly FileStream _file;
    private readonly ZipArchive _zip;
    private readonly string _root;

    private TorchFile(FileStream file, ZipArchive zip)
    {
        _file = file;
        _zip = zip;
        string[] pickles = [.. zip.Entries.Select(e => e.FullName).Where(n => n == Pickle || n.EndsWith("/" + Pickle, StringComparison.Ordinal))];
        _root = pickles.Length == 1
            ? pickles[0][..^Pickle.Length]
            : throw Damaged($"{pickles.Length} entries are called {Pickle}, expected one");
        if (zip.GetEntry(_root + "byteorder") is { } order && Encoding.ASCII.GetString(Bytes(order)) != "little")
        {
            throw new BadInputException($"{Source} was written on a big-endian machine; expected little-endian numbers.");
        }

        ZipArchiveEntry pickle = zip.GetEntry(pickles[0])!;
        Tensors = StateOf(Unpickler.Read(Bytes(pickle), Source));
        Shapes = Tensors.ToDictionary(t => t.Key, t => t.Value.Shape, StringComparer.Ordinal);
        CheckPlaces();
    }

    /// <summary>The tensors of the state_dict.</summary>
    public IReadOnlyDictionary<string, TorchTensor> Tensors { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <inheritdoc/>
    public override string Source => Path.GetFileName(_file.Name);

    /// <inheritdoc/>
    public override string Format => "PyTorch";

    /// <summary>Opens a file and reads its pickle, not its numbers.</summary>
    /// <exception cref="BadInputException">Damaged, too old, or it holds more than tensors and plain containers.</exception>
    public static new TorchFile Open(string path)
    {
        FileStream file = File.OpenRead(path);
        ZipArchive? zip = null;
        try
        {
            zip = new ZipArchive(file, ZipArchiveMode.Read);
            return new TorchFile(file, zip);
        }
        catch (Exception e)
        {
            zip?.Dispose();
            file.Dispose();
            if (e is InvalidDataException or EndOfStreamException)
            {
                throw new BadInputException($"{Path.GetFileName(path)} is a damaged PyTorch file: {e.Message}", e);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="BadInputException">Its numbers are missing or are not as many as the pickle says.</exception>
    public override Tensor Read(string name)
    {
        TorchTensor stored = Tensors[name];
        TorchStorage storage = stored.Storage;
        ZipArchiveEntry entry = _zip.GetEntry($"{_root}data/{storage.Key}")
            ?? throw Damaged($"the numbers of {name} are missing");
        using DisposeScope scope = NewDisposeScope();
        CheckSize(entry, storage.Count * storage.Type.ElementSize(), name); // CheckPlaces: no more than the file has
        Tensor raw = empty(storage.Count, storage.Type);
        if (storage.Count > 0)
        {
            Fill(entry, raw.bytes);
        }

        return raw.as_strided(stored.Shape, stored.Strides, stored.Offset)
            .to(ScalarType.Float32).contiguous().clone().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _zip.Dispose();
        _file.Dispose();
    }

    private Dictionary<string, TorchTensor> StateOf(object? top)
    {
        PickledDictionary whole = top as PickledDictionary
            ?? throw new BadInputException($"{Source} holds no dictionary of tensors; save the network's state_dict.");
        PickledDictionary state = Wrappers
            .Select(w => whole.Items.LastOrDefault(i => i.Key is string key && key == w).Value)
            .OfType<PickledDictionary>().FirstOrDefault() ?? whole;
        var tensors = new Dictionary<string, TorchTensor>(StringComparer.Ordinal);
        foreach ((object? key, object? value) in state.Items)
        {
            if (key is not string name || value is not TorchTensor tensor)
            {
                throw new BadInputException(
                    $"{Source} holds '{key}' among its weights, which is no tensor; save the network's state_dict.");
            }

            if (!tensors.TryAdd(name, tensor))
            {
                throw Damaged($"{name} is there twice");
            }
        }

        return tensors;
    }

    /// <summary>No number may serve twice, and there are no more than the file has room for.</summary>
    private void CheckPlaces()
    {
        Int128 claimed = 0;
        foreach (IGrouping<string, KeyValuePair<string, TorchTensor>> storage in Tensors.GroupBy(t => t.Value.Storage.Key))
        {
            TorchStorage first = storage.First().Value.Storage;
            claimed += (Int128)first.Count * first.Type.ElementSize();
            long free = 0;
            foreach ((string name, TorchTensor tensor) in storage.Where(t => !t.Value.Shape.Contains(0)).OrderBy(t => t.Value.Offset))
            {
                if (tensor.Storage != first || tensor.Offset < free)
                {
                    throw new BadInputException(
                        $"{Source} is refused: {name} overlaps another tensor in storage {storage.Key}; save copies of the tensors.");
                }

                free = tensor.Last + 1;
            }
        }

        if (claimed > _file.Length)
        {
            throw Damaged($"its tensors claim {claimed} bytes of numbers, the file has {_file.Length} in all");
        }
    }

    private byte[] Bytes(ZipArchiveEntry entry)
    {
        if (entry.Length > MostPickleBytes)
        {
            throw Damaged($"{entry.Name} claims {entry.Length} bytes");
        }

        CheckSize(entry, entry.Length, entry.Name);
        var bytes = new byte[entry.Length];
        Fill(entry, bytes);
        return bytes;
    }

    private void CheckSize(ZipArchiveEntry entry, long expected, string what)
    {
        // torch.save never compresses, so nothing here can grow on the way into memory.
        if (entry.Length != expected || entry.CompressedLength != expected || expected > _file.Length)
        {
            throw Damaged(
                $"{what} should take {expected} bytes, stored as they are; its entry has {entry.Length} ({entry.CompressedLength} in the file)");
        }
    }

    private void Fill(ZipArchiveEntry entry, Span<byte> bytes)
    {
        try
        {
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            if (Crc32.Of(bytes) != entry.Crc32)
            {
                throw Damaged($"the checksum of entry {entry.Name} is wrong");
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Damaged($"entry {entry.Name} cannot be read ({e.Message})");
        }
    }

    private BadInputException Damaged(string why) => new($"{Source} is a damaged PyTorch file: {why}.");
}
