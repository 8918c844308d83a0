using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Many cases with their labels drawn in, on one picture.</summary>
internal static class ContactSheet
{
    private const int Side = 192;
    private const int Columns = 8;
    private const int MostTiles = 48;
    private const int LongestCaption = 30;

    /// <summary>Draws cases with findings first, errors before warnings, then others spread evenly over the set.</summary>
    public static Picture Draw(DataListing listing, IReadOnlyList<DataFinding> findings, IReadOnlyList<TaskDefinition> tasks)
    {
        var kindOf = new Dictionary<string, (string Kind, int Rank)>(StringComparer.Ordinal);
        foreach (var finding in findings.OrderBy(f => f.Severity).Where(f => f.Kind != "in_no_split"))
        {
            foreach (var name in finding.Cases)
            {
                kindOf.TryAdd(name, (finding.Kind, kindOf.Count));
            }
        }

        var faulty = listing.Cases.Where(c => kindOf.ContainsKey(c.Name))
            .OrderBy(c => kindOf[c.Name].Rank).Take(MostTiles).ToList();
        var others = listing.Cases.Where(c => !kindOf.ContainsKey(c.Name)).ToList();
        var room = MostTiles - faulty.Count;
        var spread = others.Count <= room ? others : [.. Enumerable.Range(0, room).Select(i => others[(int)((long)i * others.Count / room)])];

        OverlayTile[] tiles = [.. faulty.Concat(spread).Select(c => TileOf(c, kindOf.GetValueOrDefault(c.Name).Kind, tasks))];
        return Overlay.Sheet(
            tiles.Length == 0 ? [Blank("no case")] : tiles, Columns, Legend(tasks),
            $"{listing.Cases.Count} cases, {tiles.Length} shown, {kindOf.Count} with findings");
    }

    // Several tasks may give one number different meanings; then the numbers are all that is known.
    private static IReadOnlyList<OrganLabel> Legend(IReadOnlyList<TaskDefinition> tasks)
    {
        var labels = tasks.MaxBy(t => t.Labels.Count)!.Labels;
        return tasks.Count == 1 ? labels : [.. labels.Select(l => l with { Name = $"label {l.Value}" })];
    }

    private static OverlayTile TileOf(DataCase item, string? finding, IReadOnlyList<TaskDefinition> tasks)
    {
        var caption = item.Name.Length > LongestCaption ? item.Name[^LongestCaption..] : item.Name;
        caption = finding is null ? caption : $"{caption}: {finding}";
        try
        {
            var (picture, labels, aspect) = Content(item, tasks);
            var (image, map) = Tile.Fit(picture, labels, Side, aspect);
            return new OverlayTile(Tile.Dimmed(image, Tile.CaptionRows), map, caption);
        }
        catch (BadInputException)
        {
            return Blank(caption);
        }
    }

    private static OverlayTile Blank(string caption) => new(new Picture(Side, Side, new byte[3 * Side * Side]), new byte[Side * Side], caption);

    private static (Picture Picture, byte[] Labels, double Aspect) Content(DataCase item, IReadOnlyList<TaskDefinition> tasks)
    {
        switch (item.Layout)
        {
            case CaseLayout.Picture:
                var picture = PictureFile.Read(item.ImagePath);
                var mask = PictureFile.Read(item.LabelPath);
                var isSame = (mask.Rows, mask.Columns) == (picture.Rows, picture.Columns);
                return (picture, isSame ? Marked(mask) : [], 1);
            case CaseLayout.Nifti:
                return OfVolume(NiftiFile.Read(item.ImagePath), NiftiFile.ReadLabels(item.LabelPath));
            case CaseLayout.SynapseSlices or CaseLayout.SynapseVolume:
                var read = item.Layout == CaseLayout.SynapseSlices ? SynapseFiles.ReadSlices(item) : SynapseFiles.ReadVolume(item);
                return OfVolume(read.Volume, CaseFiles.ToLabels(read.Labels, out _));
            default:
                return OfDicom(item, tasks);
        }
    }

    private static (Picture Picture, byte[] Labels, double Aspect) OfDicom(DataCase item, IReadOnlyList<TaskDefinition> tasks)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                var read = item.Dicom!.Read(item.ImagePath, item.LabelPath, tasks[i].Labels);
                return read.Picture is { } picture ? (picture, read.Labels.Labels.ToArray(), 1) : OfVolume(read.Volume!, read.Labels);
            }
            catch (BadInputException) when (i + 1 < tasks.Count)
            {
                // The next task may know the segments' codes.
            }
        }
    }

    // Any value but 0 is shown as label 1: masks come as 0 and 255 as well as with label values.
    private static byte[] Marked(Picture mask)
    {
        var labels = new byte[mask.Rows * mask.Columns];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = mask.Rgb[3 * i] != 0 ? (byte)1 : (byte)0;
        }

        return labels;
    }

    /// <summary>The slice with most labelled voxels, in canonical orientation.</summary>
    private static (Picture Picture, byte[] Labels, double Aspect) OfVolume(Volume volume, LabelMap? labels)
    {
        var canonical = Orientation.ToCanonical(volume);
        var geometry = canonical.Volume.Geometry;
        var isSame = labels is not null && labels.Geometry.VoxelCount == volume.Geometry.VoxelCount
            && labels.Geometry.Slices == volume.Geometry.Slices && labels.Geometry.Rows == volume.Geometry.Rows;
        var map = isSame ? canonical.Apply(new LabelMap(volume.Geometry, labels!.Labels.ToArray())) : null;
        var (best, most) = (geometry.Slices / 2, 0);
        for (var z = 0; map is not null && z < geometry.Slices; z++)
        {
            var count = map.Slice(z).Length - map.Slice(z).Count((byte)0);
            (best, most) = count > most ? (z, count) : (best, most);
        }

        return (
            Tile.OfSlice(canonical.Volume, best), map is null ? [] : map.Slice(best).ToArray(),
            geometry.RowSpacingMm / geometry.ColumnSpacingMm);
    }
}
