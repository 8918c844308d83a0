namespace VMUNet.DicomToolkit.IO;

/// <summary>A temporary file that goes when nothing refers to it any more.</summary>
internal sealed class TempFile : IFileReference
{
    public TempFile() => Name = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    ~TempFile()
    {
        try
        {
            File.Delete(Name);
        }
        catch (IOException)
        {
            // A finaliser has nobody to tell; the system empties its temporary folder.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }

    public string Name { get; }

    public bool IsTempFile => true;
}
