namespace VMUNet.DicomToolkit;

/// <summary>Base of what this library throws about DICOM content.</summary>
public abstract class DicomException : Exception
{
    /// <summary>Makes one with a message.</summary>
    protected DicomException(string message) : base(message)
    {
    }

    /// <summary>Makes one with a message and its cause.</summary>
    protected DicomException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A data set, an element or an encoding is not what was asked for, or not legal.</summary>
public class DicomDataException : DicomException
{
    /// <summary>Makes one with a message.</summary>
    public DicomDataException(string message) : base(message)
    {
    }

    /// <summary>Makes one with a message and its cause.</summary>
    public DicomDataException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A file could not be read to its end or written; <see cref="File"/> holds what was read before.</summary>
public class DicomFileException : DicomDataException
{
    /// <summary>Makes one with what was read so far.</summary>
    public DicomFileException(DicomFile file, string message) : base(message) => File = file;

    /// <summary>Makes one with what was read so far and the cause.</summary>
    public DicomFileException(DicomFile file, string message, Exception innerException)
        : base(message, innerException) => File = file;

    /// <summary>The part that was read.</summary>
    public DicomFile File { get; }
}

/// <summary>A value breaks the rules of its value representation or multiplicity (PS3.5 section 6.2).</summary>
public class DicomValidationException : DicomDataException
{
    private readonly string _reason;

    /// <summary>Makes one for a value of a value representation.</summary>
    public DicomValidationException(string content, DicomVR vr, string message) : base(message)
    {
        Content = content;
        VR = vr;
        _reason = message;
    }

    /// <summary>The offending value.</summary>
    public string Content { get; }

    /// <summary>The value representation whose rule it breaks.</summary>
    public DicomVR VR { get; }

    /// <summary>The rule and the representation; the value itself is left out, since it may be a patient's.</summary>
    public override string Message =>
        $"A value of {Content?.Length ?? 0} characters is not valid for VR {VR}: {_reason}";
}
