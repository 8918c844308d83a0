using System.Text.Json;
using VMUNet.Imaging;

namespace VMUNet.Model.Tests.Training;

/// <summary>Small data sets made of discs and boxes, the same for the same seed.</summary>
internal static class SyntheticData
{
    /// <summary>Bright skin with one dark disc a picture; splits train, dev and locked.</summary>
    public static string Pictures(string folder, int count, int side = 48)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "masks"));
        for (var i = 0; i < count; i++)
        {
            var (picture, mask) = Disc(i, side);
            PictureFile.WritePng(Path.Combine(folder, "images", $"p{i:D3}.png"), picture);
            PictureFile.WriteMaskPng(Path.Combine(folder, "masks", $"p{i:D3}.png"), mask);
        }

        var names = Enumerable.Range(0, count).Select(i => $"p{i:D3}").ToArray();
        WriteSplits(folder, new() { ["train"] = names[..^2], ["dev"] = [names[^2]], ["locked"] = [names[^1]] });
        return folder;
    }

    public static (Picture Picture, LabelMap Mask) Disc(int seed, int side)
    {
        var random = new SeededRandom(seed, 77);
        var (y, x, radius) = (random.Uniform(0.35, 0.65) * side, random.Uniform(0.35, 0.65) * side, random.Uniform(0.15, 0.3) * side);
        var rgb = new byte[3 * side * side];
        var mask = new byte[side * side];
        for (var i = 0; i < mask.Length; i++)
        {
            var isInside = Math.Pow(i / side - y, 2) + Math.Pow(i % side - x, 2) < radius * radius;
            mask[i] = isInside ? (byte)1 : (byte)0;
            for (var c = 0; c < 3; c++)
            {
                rgb[3 * i + c] = (byte)((isInside ? 90 : 190) + random.Next(20));
            }
        }

        return (new Picture(side, side, rgb), new LabelMap(VolumeGeometry.ForPicture(side, side), mask));
    }

    /// <summary>Volumes in which two boxes of different brightness stand for organs 1 and 4.</summary>
    public static string Volumes(string folder, int count, int side = 32, int slices = 4)
    {
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "labels"));
        for (var n = 0; n < count; n++)
        {
            var (volume, labels) = Boxes(n, side, slices);
            NiftiFile.Write(Path.Combine(folder, "images", $"v{n}.nii.gz"), volume);
            NiftiFile.Write(Path.Combine(folder, "labels", $"v{n}.nii.gz"), labels);
        }

        return folder;
    }

    public static (Volume Volume, LabelMap Labels) Boxes(int seed, int side, int slices)
    {
        var random = new SeededRandom(seed, 78);
        var geometry = VolumeGeometry.Axial(slices, side, side, new SpacingMm(5, 1, 1));
        var voxels = new float[geometry.VoxelCount];
        var labels = new byte[voxels.Length];
        for (var i = 0; i < voxels.Length; i++)
        {
            var (row, column) = (i / side % side, i % side);
            var value = row is > 6 and < 16 && column is > 3 and < 14 ? (byte)1
                : row is > 14 and < 24 && column is > 18 and < 28 ? (byte)4
                : (byte)0;
            labels[i] = value;
            voxels[i] = 100 + 200 * value + (float)(10 * random.Gaussian());
        }

        return (new Volume(geometry, voxels), new LabelMap(geometry, labels));
    }

    public static void WriteSplits(string folder, Dictionary<string, string[]> splits) =>
        File.WriteAllText(Path.Combine(folder, "splits.json"), JsonSerializer.Serialize(splits));

    /// <summary>Options of a run that takes seconds.</summary>
    public static TrainingOptions Options(string data, string output, int images = 48) => new()
    {
        Task = "lesion-dermoscopy",
        Data = data,
        Out = output,
        Dims = [8, 16, 32, 64],
        Depths = [1, 1, 1, 1],
        DepthsDecoder = [1, 1, 1, 1],
        Stages = [new TrainingStage(32, images / 2), new TrainingStage(64, images / 2)],
        Batch = 4,
        WarmUpSteps = 3,
        DevEverySteps = 3,
        DropPathRate = 0.2,
    };
}
