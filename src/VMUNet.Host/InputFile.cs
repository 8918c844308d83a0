using VMUNet.Imaging;

namespace VMUNet.Host;

/// <summary>What an input path names.</summary>
internal enum InputKind
{
    /// <summary>A .nii or .nii.gz volume.</summary>
    Volume,

    /// <summary>A .jpg or .png photograph.</summary>
    Picture,

    /// <summary>A DICOM file, or a folder of them.</summary>
    Dicom,
}

/// <summary>Tells inputs apart by their names; what is in them is judged by the room that reads them.</summary>
internal static class InputFile
{
    /// <exception cref="BadInputException">There is no such file or folder.</exception>
    public static InputKind KindOf(string path)
    {
        if (Directory.Exists(path))
        {
            return InputKind.Dicom;
        }

        if (!File.Exists(path))
        {
            throw new BadInputException($"'{path}' does not exist; give a file or a folder");
        }

        bool Ends(string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
        return Ends(".nii") || Ends(".nii.gz") ? InputKind.Volume
            : Ends(".jpg") || Ends(".jpeg") || Ends(".png") ? InputKind.Picture
            : InputKind.Dicom;
    }
}
