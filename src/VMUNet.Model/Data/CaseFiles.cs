using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Opens the two files of a case and checks that they belong together.</summary>
internal static class CaseFiles
{
    /// <summary>Photograph and its label bytes (0 = background; a mask's 255 counts as label 1).</summary>
    public static (Picture Picture, LabelMap Labels) ReadPicture(DataCase item, TaskDefinition task)
    {
        var picture = PictureFile.Read(item.ImagePath);
        var mask = PictureFile.ReadMask(item.LabelPath);
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
        var volume = NiftiFile.Read(item.ImagePath);
        var labels = NiftiFile.ReadLabels(item.LabelPath);
        if (labels.Geometry.DifferenceFrom(volume.Geometry) is { } difference)
        {
            throw new BadInputException($"Case {item.Name}: image and labels lie on different grids: {difference}");
        }

        CheckLabels(item, labels, task);
        return (volume, labels);
    }

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
