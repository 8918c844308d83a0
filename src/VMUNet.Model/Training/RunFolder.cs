using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>The output folder of a run, which one training writes to at a time: two would delete each other's checkpoints.</summary>
internal sealed class RunFolder : IDisposable
{
    private const string LockName = "training.lock";
    private readonly FileStream _lock;

    private RunFolder(FileStream @lock) => _lock = @lock;

    /// <summary>Makes the folder and takes it; the system gives it back when the process ends, however it ends.</summary>
    /// <exception cref="BadInputException">The path is a file, or another training is at work there.</exception>
    public static RunFolder Take(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{folder} cannot be a run's folder: {e.Message} Choose another output folder.", e);
        }

        try
        {
            return new RunFolder(new FileStream(
                Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (IOException e)
        {
            throw new BadInputException(
                $"Another training writes to {folder}; wait for its end or choose another output folder. ({e.Message})", e);
        }
    }

    public void Dispose() => _lock.Dispose();
}
