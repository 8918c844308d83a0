using Microsoft.Win32.SafeHandles;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>An object that lies in the spool's incoming folder; deleted unless it was put into place.</summary>
internal sealed class IncomingFile(string path, SafeFileHandle handle) : IDisposable
{
    public string Path { get; } = path;

    public SafeFileHandle Handle { get; } = handle;

    /// <summary>Bytes of the file, the Part 10 header included.</summary>
    public long Length { get; set; }

    /// <summary>SHA-256 of the data set as received, lower-case hexadecimal.</summary>
    public string DataSetSha256 { get; set; } = "";

    /// <summary>What the data set says of itself.</summary>
    public SkimResult Skim { get; set; } = new SkimResult.Refused(SkimFault.Truncated, "nothing received");

    /// <summary>True when it was cut off at the greatest size of an object.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>Closes; deletes what is still under its temporary name.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        File.Delete(Path);
    }
}
