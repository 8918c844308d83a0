using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host.Demo;

/// <summary>One sample with its human mask, and what becomes of it on the way.</summary>
internal sealed record DemoCase
{
    /// <summary>Name of the sample, also its patient ID.</summary>
    public required string Name { get; init; }

    /// <summary>dermoscopy or mr.</summary>
    public required string Kind { get; init; }

    /// <summary>The image.</summary>
    public required string ImagePath { get; init; }

    /// <summary>The mask drawn by people.</summary>
    public required string LabelPath { get; init; }

    /// <summary>Task whose model is expected to serve it.</summary>
    public required string Task { get; init; }

    /// <summary>All samples: five photographs, one MR volume.</summary>
    /// <exception cref="BadInputException">The samples folder is not there.</exception>
    public static IReadOnlyList<DemoCase> All(string samples)
    {
        var photographs = Of(samples, "dermoscopy", "*.jpg", "dermoscopy", "masks", ".png", "lesion-dermoscopy");
        var volumes = Of(samples, "abdomen-mr-chaos", "*.nii.gz", "mr", "labels", ".nii.gz", "abdomen-mr-4");
        return photographs.Count > 0 && volumes.Count > 0
            ? [.. photographs, .. volumes]
            : throw new BadInputException($"The demo's images are missing: '{samples}' must hold dermoscopy and abdomen-mr-chaos");
    }

    /// <summary>Writes the sample as a DICOM series with new UIDs.</summary>
    public IReadOnlyList<string> Dicomize(string folder)
    {
        var options = new DicomizeOptions
        {
            Kind = Kind == "mr" ? DicomizeKind.Mr : DicomizeKind.Dermoscopy,
            CreatedAt = TimeProvider.System.GetLocalNow(),
            PatientId = "DEMO " + Name,
            BodyPart = Kind == "mr" ? "ABDOMEN" : "SKIN",
            StudyDescription = "VMUNet.Pacs demo",
        };
        return Kind == "mr"
            ? Dicomizer.FromVolume(NiftiFile.Read(ImagePath), folder, options)
            : [Dicomizer.FromPicture(PictureFile.Read(ImagePath), folder, options)];
    }

    private static List<DemoCase> Of(
        string samples, string folder, string pattern, string kind, string labels, string ending, string task)
    {
        var images = Path.Combine(samples, folder, "images");
        return Directory.Exists(images)
            ? [.. Directory.GetFiles(images, pattern).Order(StringComparer.Ordinal).Select(image => new DemoCase
            {
                Name = InputName.Of(image),
                Kind = kind,
                ImagePath = image,
                LabelPath = Path.Combine(samples, folder, labels, InputName.Of(image) + ending),
                Task = task,
            })]
            : [];
    }
}
