using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Label files of the command line on the grid of a source series: <c>.raw</c> (uint8, z, y, x, slices
/// ascending along the normal), <c>.nii</c> and <c>.nii.gz</c> (placed by geometry), <c>.png</c> (one slice).</summary>
public static class LabelFile
{
    private const double Tolerance = 0.1;

    /// <summary>Reads labels onto the source grid.</summary>
    /// <param name="path">A file of one of the forms; its name's end tells which.</param>
    /// <param name="source">The series that the labels belong to.</param>
    /// <param name="organs">Meaning of the values; a value above 0 that is none of theirs is refused.</param>
    /// <exception cref="BadInputException">Another size or grid than the source's, or an unknown value.</exception>
    public static LabelMap Read(string path, SourceSeries source, IReadOnlyList<OrganLabel> organs)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(organs);
        var labels = Kind(path) switch
        {
            FileKind.Raw => ReadRaw(path, source.Geometry),
            FileKind.Nifti => OntoGrid(NiftiFile.ReadLabels(path), source.Geometry, path),
            _ => ReadPicture(path, source.Geometry),
        };
        var known = organs.Select(o => o.Value).ToHashSet();
        var strays = labels.Present().Where(v => !known.Contains(v)).ToList();
        return strays.Count == 0
            ? labels
            : throw new BadInputException($"{Path.GetFileName(path)} holds the label values {string.Join(", ", strays)}; "
                + $"expected {string.Join(", ", organs.Select(o => $"{o.Value} {o.Name}"))}. Choose another task or change "
                + "the values");
    }

    /// <summary>Writes labels in the form that the name's end tells.</summary>
    /// <exception cref="BadInputException">A picture form for labels of several slices, or an unknown form.</exception>
    public static void Write(string path, LabelMap labels)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(labels);
        switch (Kind(path))
        {
            case FileKind.Raw:
                File.WriteAllBytes(path, labels.Labels.ToArray());
                break;
            case FileKind.Nifti:
                NiftiFile.Write(path, labels);
                break;
            default:
                if (labels.Geometry.Slices > 1)
                {
                    throw new BadInputException($"{labels.Geometry.Slices} slices do not fit into one PNG; expected one. "
                        + "Write .nii.gz or .raw");
                }
                PictureFile.WriteMaskPng(path, labels);
                break;
        }
    }

    /// <summary>Moves labels from one grid to another that holds the same voxels in another axis order or
    /// direction.</summary>
    /// <exception cref="BadInputException">The grids do not hold the same voxels; labels are never resampled
    /// here.</exception>
    internal static LabelMap OntoGrid(LabelMap labels, VolumeGeometry grid, string name)
    {
        var from = labels.Geometry;
        var file = Path.GetFileName(name);
        if (!grid.IsRegular || !from.IsRegular)
        {
            throw new BadInputException($"{file} cannot be placed on slices that are uneven or tilted; expected labels as "
                + ".raw of the source's size");
        }
        if (from.VoxelCount != grid.VoxelCount)
        {
            throw Misfit(file, from, grid, "the sizes differ");
        }
        var start = from.ToIndex(grid.ToPatient(0, 0, 0));
        var z = WholeStep(from, grid, start, (1, 0, 0), grid.Slices);
        var y = WholeStep(from, grid, start, (0, 1, 0), grid.Rows);
        var x = WholeStep(from, grid, start, (0, 0, 1), grid.Columns);
        if (z is null || y is null || x is null || !IsWhole(start))
        {
            throw Misfit(file, from, grid, "voxels lie between each other");
        }
        var first = Round(start);
        var last = first + z.Value * (grid.Slices - 1) + y.Value * (grid.Rows - 1) + x.Value * (grid.Columns - 1);
        if (!first.IsInside(from) || !last.IsInside(from))
        {
            throw Misfit(file, from, grid, "the grids lie beside each other");
        }
        var moved = new byte[grid.VoxelCount];
        var to = 0;
        for (var k = 0; k < grid.Slices; k++)
        {
            for (var j = 0; j < grid.Rows; j++)
            {
                var at = first + z.Value * k + y.Value * j;
                for (var i = 0; i < grid.Columns; i++, at += x.Value)
                {
                    moved[to++] = labels.Labels[(at.Z * from.Rows + at.Y) * from.Columns + at.X];
                }
            }
        }
        return new LabelMap(grid, moved);
    }

    private static FileKind Kind(string path)
    {
        bool Ends(string end) => path.EndsWith(end, StringComparison.OrdinalIgnoreCase);
        return Ends(".raw") ? FileKind.Raw
            : Ends(".nii") || Ends(".nii.gz") ? FileKind.Nifti
            : Ends(".png") ? FileKind.Picture
            : throw new BadInputException(
                $"{Path.GetFileName(path)} is no label file; expected .raw, .nii, .nii.gz or .png");
    }

    private static LabelMap ReadRaw(string path, VolumeGeometry grid)
    {
        var length = new FileInfo(path) is { Exists: true } file
            ? file.Length
            : throw new BadInputException($"{Path.GetFileName(path)} does not exist");
        if (length != grid.VoxelCount)
        {
            throw new BadInputException($"{Path.GetFileName(path)} has {length} bytes; expected {grid.VoxelCount} "
                + $"({grid.Slices} slices x {grid.Rows} rows x {grid.Columns} columns, one byte each)");
        }
        return new LabelMap(grid, File.ReadAllBytes(path));
    }

    private static LabelMap ReadPicture(string path, VolumeGeometry grid)
    {
        var mask = PictureFile.ReadMask(path);
        var (rows, columns) = (mask.Geometry.Rows, mask.Geometry.Columns);
        if (grid.Slices != 1 || rows != grid.Rows || columns != grid.Columns)
        {
            throw new BadInputException($"{Path.GetFileName(path)} has {rows} x {columns} pixels; expected "
                + $"{grid.Slices} slice of {grid.Rows} x {grid.Columns}, as the source has");
        }
        return new LabelMap(grid, mask.Labels.ToArray());
    }

    /// <summary>Index step in <paramref name="from"/> for one step in <paramref name="grid"/>; null when not
    /// whole.</summary>
    private static Step? WholeStep(VolumeGeometry from, VolumeGeometry grid, (double Z, double Y, double X) start,
        (int Z, int Y, int X) axis, int count)
    {
        var steps = Math.Max(1, count - 1);
        var end = from.ToIndex(grid.ToPatient(axis.Z * steps, axis.Y * steps, axis.X * steps));
        var whole = Round(((end.Z - start.Z) / steps, (end.Y - start.Y) / steps, (end.X - start.X) / steps));
        var drift = (end.Z - start.Z - whole.Z * steps, end.Y - start.Y - whole.Y * steps,
            end.X - start.X - whole.X * steps);
        var isUnit = Math.Abs(whole.Z) + Math.Abs(whole.Y) + Math.Abs(whole.X) == 1;
        return isUnit && IsWhole(drift) && Round(drift) == default ? whole : null;
    }

    private static bool IsWhole((double Z, double Y, double X) index) =>
        Math.Abs(index.Z - Math.Round(index.Z)) < Tolerance && Math.Abs(index.Y - Math.Round(index.Y)) < Tolerance
        && Math.Abs(index.X - Math.Round(index.X)) < Tolerance;

    private static Step Round((double Z, double Y, double X) index) => new(Whole(index.Z), Whole(index.Y), Whole(index.X));

    private static int Whole(double value) => (int)Math.Clamp(Math.Round(value), -1e6, 1e6);

    private static BadInputException Misfit(string file, VolumeGeometry from, VolumeGeometry grid, string why) =>
        new($"{file} ({from.Slices} x {from.Rows} x {from.Columns}) does not lie on the source grid ({grid.Slices} x "
            + $"{grid.Rows} x {grid.Columns}): {why}. Make the labels on this series; they are not resampled");

    private enum FileKind
    {
        Raw,
        Nifti,
        Picture,
    }

    /// <summary>A whole index or index step.</summary>
    private readonly record struct Step(int Z, int Y, int X)
    {
        public static Step operator +(Step a, Step b) => new(a.Z + b.Z, a.Y + b.Y, a.X + b.X);

        public static Step operator *(Step a, int factor) => new(a.Z * factor, a.Y * factor, a.X * factor);

        public bool IsInside(VolumeGeometry grid) =>
            Z >= 0 && Y >= 0 && X >= 0 && Z < grid.Slices && Y < grid.Rows && X < grid.Columns;
    }
}
