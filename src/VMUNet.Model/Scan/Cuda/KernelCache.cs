using System.Globalization;

namespace VMUNet.Model.Scan.Cuda;

/// <summary>Compiled programs, by architecture and by the hash of their text, in a folder: a compilation takes a second, a file none.</summary>
/// <param name="folder">The folder; made when it is needed. Null keeps nothing.</param>
/// <param name="compile">Text and compute capability to program.</param>
/// <param name="compiler">Name and version of the compiler: another one makes other programs.</param>
internal sealed class KernelCache(string? folder, Func<string, int, byte[]> compile, string compiler)
{
    /// <summary>The program, from the folder if it is there.</summary>
    /// <param name="text">CUDA C++.</param>
    /// <param name="capability">90 for 9.0.</param>
    /// <param name="load">Tries the program; what it throws at a kept file leads to a new compilation.</param>
    /// <returns>What <paramref name="load"/> returned.</returns>
    public T Load<T>(string text, int capability, Func<byte[], T> load)
    {
        string? path = folder is null ? null : Path.Combine(folder, FileName(text, capability));
        if (path is not null && File.Exists(path))
        {
            try
            {
                return load(File.ReadAllBytes(path));
            }
            catch (Exception e) when (e is CudaException or IOException or UnauthorizedAccessException)
            {
                // Damaged, or of another driver: compiled anew and replaced below.
            }
        }

        byte[] program = compile(text, capability);
        T loaded = load(program);
        Keep(path, program);
        return loaded;
    }

    /// <summary>The file's name.</summary>
    internal string FileName(string text, int capability) => string.Create(
        CultureInfo.InvariantCulture, $"scan-sm{capability}-{KernelSource.Hash(compiler + "\n" + text)}.bin");

    private void Keep(string? path, byte[] program)
    {
        if (path is null)
        {
            return;
        }

        string temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.tmp");
        try
        {
            Directory.CreateDirectory(folder!);
            File.WriteAllBytes(temporary, program);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be written costs a second at the next start, no more.
        }
    }
}
