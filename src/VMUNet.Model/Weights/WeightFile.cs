using System.Runtime.InteropServices;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>A named tensor as plain float32 values, row-major.</summary>
/// <param name="Name">Name in the file.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Data">Values.</param>
internal sealed record NamedArray(string Name, long[] Shape, float[] Data);

/// <summary>Safetensors files as plain arrays.</summary>
internal static class WeightFile
{
    /// <summary>Reads all tensors as float32.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static IReadOnlyList<NamedArray> Read(string path)
    {
        using var scope = NewDisposeScope();
        try
        {
            return [.. SafeTensors.Read(path).Select(t =>
                new NamedArray(t.Key, t.Value.shape, MemoryMarshal.Cast<byte, float>(t.Value.bytes).ToArray()))];
        }
        catch (InvalidDataException e)
        {
            throw new BadInputException($"{path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes all tensors; complete or not at all.</summary>
    public static void Write(string path, IEnumerable<NamedArray> arrays, bool half)
    {
        using var scope = NewDisposeScope();
        var tensors = arrays.Select(a => KeyValuePair.Create(a.Name, tensor(a.Data, a.Shape)));
        SafeTensors.Write(path, [.. tensors], half ? StoredType.F16 : StoredType.F32);
    }
}
