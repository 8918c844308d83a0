using System.CommandLine;
using Spectre.Console;
using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>dicomize IMAGE_OR_NIFTI --out DIR</c>: a legal DICOM series with new UIDs from a picture or a volume.</summary>
internal static class DicomizeCommand
{
    public static Command Create(CommandRunner runner)
    {
        var input = new Argument<string>("IMAGE_OR_NIFTI") { Description = "A .jpg or .png photograph, or a .nii(.gz) volume." };
        var folder = new Option<string>("--out") { Description = "Folder for the DICOM files.", Required = true };
        var patient = new Option<string>("--patient-id")
        {
            Description = "Patient ID (and name) to write.",
            DefaultValueFactory = _ => "ANON",
        };
        var kind = new Option<string?>("--kind")
        {
            Description = "mr, ct or derm; default: derm for a picture, mr for a volume.",
        };
        kind.AcceptOnlyFromAmong("mr", "ct", "derm");
        var command = new Command("dicomize", "Turn a picture or a NIfTI volume into a DICOM series with new UIDs.")
        {
            input, folder, patient, kind,
        };
        return runner.On(command, (parsed, _) =>
        {
            var files = Write(
                parsed.GetRequiredValue(input), parsed.GetRequiredValue(folder), parsed.GetRequiredValue(patient),
                parsed.GetValue(kind));
            runner.Terminal.Result(
                new { files },
                people => people.MarkupLineInterpolated($"{files.Count} files in {parsed.GetRequiredValue(folder)}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static IReadOnlyList<string> Write(string input, string folder, string patient, string? kind)
    {
        var inputKind = InputFile.KindOf(input);
        var chosen = kind ?? (inputKind == InputKind.Volume ? "mr" : "derm");
        if (inputKind == InputKind.Dicom || (inputKind == InputKind.Volume) == (chosen == "derm"))
        {
            throw new BadInputException($"--kind {chosen} does not fit '{input}': derm is for pictures, mr and ct for volumes");
        }

        Directory.CreateDirectory(folder);
        var options = new DicomizeOptions
        {
            Kind = chosen switch { "mr" => DicomizeKind.Mr, "ct" => DicomizeKind.Ct, _ => DicomizeKind.Dermoscopy },
            PatientId = patient,
            CreatedAt = TimeProvider.System.GetLocalNow(),
        };
        return inputKind == InputKind.Volume
            ? Dicomizer.FromVolume(NiftiFile.Read(input), folder, options)
            : [Dicomizer.FromPicture(PictureFile.Read(input), folder, options)];
    }
}
