using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// Reads DICOM training pairs for this room, which knows nothing of DICOM; whoever may see both rooms gives one in.
/// </summary>
public abstract class DicomCaseReader
{
    /// <summary>What the series of a folder is: a stack of slices or a photograph, and its DICOM modality.</summary>
    /// <exception cref="BadInputException">The series cannot be used.</exception>
    public abstract (TaskKind Kind, string Modality) KindOf(string seriesFolder);

    /// <summary>Image and labels on the image's grid; a SEG that omits empty frames is placed by position.</summary>
    /// <param name="seriesFolder">Folder of one series.</param>
    /// <param name="segFile">The SEG that belongs to it.</param>
    /// <param name="organs">Labels to read, matched by their codes; values are the organs' own.</param>
    /// <exception cref="BadInputException">A file cannot be used, or the SEG belongs to another series.</exception>
    public abstract LabelledImage Read(string seriesFolder, string segFile, IReadOnlyList<OrganLabel> organs);
}

/// <summary>An image with labels on the same grid; either a volume or a picture.</summary>
/// <param name="Volume">The volume, or null.</param>
/// <param name="Picture">The picture, or null.</param>
/// <param name="Labels">Labels of the same grid.</param>
public sealed record LabelledImage(Volume? Volume, Picture? Picture, LabelMap Labels);
