namespace VMUNet.Imaging.Metrics;

/// <summary>A box of voxels, bounds included; empty while <see cref="MaxZ"/> is below <see cref="MinZ"/>.</summary>
internal struct VoxelBox
{
    internal int MinZ, MinY, MinX, MaxZ, MaxY, MaxX;

    internal static VoxelBox Empty => new()
    {
        MinZ = int.MaxValue,
        MinY = int.MaxValue,
        MinX = int.MaxValue,
        MaxZ = -1,
        MaxY = -1,
        MaxX = -1,
    };

    internal readonly int Slices => MaxZ - MinZ + 1;

    internal readonly int Rows => MaxY - MinY + 1;

    internal readonly int Columns => MaxX - MinX + 1;

    internal void Include(int z, int y, int firstX, int lastX)
    {
        MinZ = Math.Min(MinZ, z);
        MaxZ = Math.Max(MaxZ, z);
        MinY = Math.Min(MinY, y);
        MaxY = Math.Max(MaxY, y);
        MinX = Math.Min(MinX, firstX);
        MaxX = Math.Max(MaxX, lastX);
    }

    internal void Include(VoxelBox other)
    {
        if (other.MaxZ < other.MinZ)
        {
            return;
        }

        Include(other.MinZ, other.MinY, other.MinX, other.MaxX);
        Include(other.MaxZ, other.MaxY, other.MinX, other.MaxX);
    }
}
