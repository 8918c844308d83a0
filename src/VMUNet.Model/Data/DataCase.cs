namespace VMUNet.Model;

/// <summary>One image with its label file.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="ImagePath">Image file; the folder of a DICOM series.</param>
/// <param name="LabelPath">Label file; the image file itself where one file holds both.</param>
/// <param name="Patient">Patient key; the name itself when the set has no list of patients.</param>
public sealed record DataCase(string Name, string ImagePath, string LabelPath, string Patient)
{
    /// <summary>How the files are read.</summary>
    internal CaseLayout Layout { get; init; }

    /// <summary>All files of the image, in the order they are hashed; slices of a volume in their order.</summary>
    internal IReadOnlyList<string> ImageFiles { get; init; } = [ImagePath];

    /// <summary>Distance of slices, rows and columns where the image file itself does not tell; null when nobody does.</summary>
    internal Imaging.SpacingMm? Spacing { get; init; }

    /// <summary>Reader of a DICOM pair.</summary>
    internal DicomCaseReader? Dicom { get; init; }
}

/// <summary>How a case lies on disk.</summary>
internal enum CaseLayout
{
    /// <summary>A photograph and a mask of the same size.</summary>
    Picture,

    /// <summary>Two NIfTI files.</summary>
    Nifti,

    /// <summary>Slices of one volume, each an .npz file with <c>image</c> and <c>label</c>.</summary>
    SynapseSlices,

    /// <summary>An HDF5 file with <c>image</c> and <c>label</c>.</summary>
    SynapseVolume,

    /// <summary>A DICOM series and a SEG.</summary>
    Dicom,
}
