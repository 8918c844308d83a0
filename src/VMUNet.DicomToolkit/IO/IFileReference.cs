namespace VMUNet.DicomToolkit.IO;

/// <summary>A file that buffers read from.</summary>
public interface IFileReference
{
    /// <summary>Path of the file.</summary>
    string Name { get; }

    /// <summary>The file is deleted when the last reference goes.</summary>
    bool IsTempFile { get; }
}

internal sealed class FileReference(string name) : IFileReference
{
    public string Name { get; } = name;

    public bool IsTempFile => false;
}
