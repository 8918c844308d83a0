using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Opens the files of a case and checks that they belong together.</summary>
internal static class CaseFiles
{
    /// <summary>Photograph and its label bytes (0 = background; a mask's 255 counts as label 1).</summary>
    public static (Picture Picture, LabelMap Labels) ReadPicture(DataCase item, TaskDefinition task)
    {
        var (picture, mask) = item.Layout == CaseLayout.Dicom
            ? OfDicom(item, task) is { Picture: { } read, Labels: var labels } ? (read, labels) : throw NoPicture(item)
            : (PictureFile.Read(item.ImagePath), PictureFile.ReadMask(item.LabelPath));
        if (mask.Geometry.Rows != picture.Rows || mask.Geometry.Columns != picture.Columns)
        {
            throw new BadInputException(
                $"Case {item.Name}: the picture has {picture.Rows} x {picture.Columns} pixels, its mask "
                + $"{mask.Geometry.Rows} x {mask.Geometry.Columns}; they must be equal.");
        }

        if (task.Classes > 1)
        {
            CheckLabels(item, mask, task);
            return (picture, mask);
        }

        var binary = new byte[mask.Labels.Length];
        for (var i = 0; i < binary.Length; i++)
        {
            binary[i] = mask.Labels[i] != 0 ? task.Labels[0].Value : (byte)0;
        }

        return (picture, new LabelMap(mask.Geometry, binary));
    }

    /// <summary>Volume and labels on the file's own grid.</summary>
    public static (Volume Volume, LabelMap Labels) ReadVolume(DataCase item, TaskDefinition task)
    {
        var (volume, labels) = item.Layout switch
        {
            CaseLayout.SynapseSlices => Judged(item, SynapseFiles.ReadSlices(item)),
            CaseLayout.SynapseVolume => Judged(item, SynapseFiles.ReadVolume(item)),
            CaseLayout.Dicom => OfDicom(item, task) is { Volume: { } read, Labels: var map } ? (read, map) : throw NoVolume(item),
            _ => (NiftiFile.Read(item.ImagePath), NiftiFile.ReadLabels(item.LabelPath)),
        };
        if (labels.Geometry.DifferenceFrom(volume.Geometry) is { } difference)
        {
            throw new BadInputException($"Case {item.Name}: image and labels lie on different grids: {difference}");
        }

        CheckLabels(item, labels, task);
        return (volume, labels);
    }

    /// <summary>The label bytes of numbers, or null with the first number that is no label.</summary>
    internal static LabelMap? ToLabels(Volume numbers, out float stranger)
    {
        var labels = new byte[numbers.Geometry.VoxelCount];
        for (var i = 0; i < labels.Length; i++)
        {
            var value = numbers.Voxels[i];
            if (!(value is >= 0 and <= 255) || value != MathF.Floor(value))
            {
                stranger = value;
                return null;
            }

            labels[i] = (byte)value;
        }

        stranger = 0;
        return new LabelMap(numbers.Geometry, labels);
    }

    private static (Volume Volume, LabelMap Labels) Judged(DataCase item, LabelledVolume read) =>
        ToLabels(read.Labels, out var stranger) is { } labels
            ? (read.Volume, labels)
            : throw new BadInputException(FormattableString.Invariant(
                $"Case {item.Name}: label values must be whole numbers from 0 to 255, but {stranger} came."));

    private static LabelledImage OfDicom(DataCase item, TaskDefinition task) =>
        item.Dicom!.Read(item.ImagePath, item.LabelPath, task.Labels);

    private static BadInputException NoPicture(DataCase item) => new($"Case {item.Name} is a volume; a photograph was expected.");

    private static BadInputException NoVolume(DataCase item) => new($"Case {item.Name} is a photograph; a volume was expected.");

    private static void CheckLabels(DataCase item, LabelMap labels, TaskDefinition task)
    {
        Span<bool> known = stackalloc bool[256];
        known[0] = true;
        foreach (var label in task.Labels)
        {
            known[label.Value] = true;
        }

        foreach (var value in labels.Labels)
        {
            if (!known[value])
            {
                throw new BadInputException(
                    $"Case {item.Name} holds label {value}, which task {task.Name} does not know; it knows "
                    + $"{string.Join(", ", task.Labels.Select(l => $"{l.Value} {l.Name}"))}.");
            }
        }
    }
}
