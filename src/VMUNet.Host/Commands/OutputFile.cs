using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary>A file that a command writes when its work is done.</summary>
internal static class OutputFile
{
    /// <summary>Makes the file's folder, so that a path that cannot be is refused before the work and not after it.</summary>
    /// <param name="path">The file; null for none.</param>
    /// <exception cref="BadInputException">The path is a folder's, or its folder cannot be made.</exception>
    public static void Demand(string? path)
    {
        if (path is null)
        {
            return;
        }

        if (Directory.Exists(path))
        {
            throw new BadInputException($"'{path}' is a folder; give the file to write");
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"'{path}' cannot be written: {e.Message} Give another file.", e);
        }
    }
}
