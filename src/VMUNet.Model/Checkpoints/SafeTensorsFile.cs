using static TorchSharp.torch;

namespace VMUNet.Model.Checkpoints;

/// <summary>A safetensors file, opened.</summary>
internal sealed class SafeTensorsFile : TensorFile
{
    private readonly FileStream _file;
    private readonly SafeTensorsHeader _header;

    private SafeTensorsFile(FileStream file)
    {
        _file = file;
        _header = SafeTensors.ReadHeader(file);
        Shapes = _header.Tensors.ToDictionary(t => t.Key, t => t.Value.Shape, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public override string Source => Path.GetFileName(_file.Name);

    /// <inheritdoc/>
    public override string Format => "safetensors";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, long[]> Shapes { get; }

    /// <summary>Text beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and reads its header, not its numbers.</summary>
    /// <exception cref="Imaging.BadInputException">Damaged, or an element type other than F32 and F16.</exception>
    public static new SafeTensorsFile Open(string path)
    {
        FileStream file = File.OpenRead(path);
        try
        {
            return new SafeTensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override Tensor Read(string name) => SafeTensors.ReadTensor(_file, _header, name);

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();
}
