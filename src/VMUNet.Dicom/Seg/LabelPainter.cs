using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Collects segments into one label map; where two organs overlap, the earlier in the list wins.</summary>
internal sealed class LabelPainter
{
    private readonly VolumeGeometry _grid;
    private readonly byte[] _labels;
    private readonly int[] _rank = new int[256];

    public LabelPainter(VolumeGeometry grid, IReadOnlyList<OrganLabel> organs)
    {
        _grid = grid;
        _labels = new byte[grid.VoxelCount];
        for (var i = 0; i < organs.Count; i++)
        {
            _rank[organs[i].Value] = i;
        }
    }

    /// <summary>Voxels that two organs claimed.</summary>
    public long Overlaps { get; private set; }

    /// <summary>Marks a pixel; false when it lies outside the source images.</summary>
    public bool Paint(FramePlacement place, int row, int column, byte label)
    {
        var (y, x) = place.At(row, column);
        if (y < 0 || x < 0 || y >= _grid.Rows || x >= _grid.Columns)
        {
            return false;
        }
        ref var voxel = ref _labels[((long)place.Slice * _grid.Rows + y) * _grid.Columns + x];
        if (voxel != 0 && voxel != label)
        {
            Overlaps++;
            voxel = _rank[label] < _rank[voxel] ? label : voxel;
        }
        else
        {
            voxel = label;
        }
        return true;
    }

    public LabelMap ToLabelMap() => new(_grid, _labels);
}
