using System.Buffers.Binary;

namespace VMUNet.Imaging;

/// <summary>
/// Between NIfTI's affine (RAS millimetres, columns i, j, k) and our geometry (LPS, slices = k, rows = j, columns = i).
/// The file's index axes are kept as they are, so a geometry may be left-handed; nothing is flipped here.
/// </summary>
internal static class NiftiAffine
{
    // In-plane axes of scanners are at right angles; beyond this the grid is sheared and no DICOM image can hold it.
    private const double OrthogonalityTolerance = 1e-3;

    // The slice step may lean this far from the normal before slices count as tilted (0.5 degrees, imaging-ops.md section 1).
    private const double TiltSine = 0.008726535498373935;

    /// <summary>Index steps in RAS millimetres.</summary>
    internal readonly record struct Affine(Vector3D I, Vector3D J, Vector3D K, Vector3D Origin);

    internal static Affine Read(NiftiHeader.Fields fields, string file)
    {
        // nifti1.h: the sform is preferred, then the qform, then the bare voxel sizes ("method 1").
        var affine = fields.Int16(254) > 0 ? ReadSform(fields)
            : fields.Int16(252) > 0 ? ReadQform(fields, file)
            : ReadSizes(fields);
        var scale = (fields.Byte(123) & 7) switch
        {
            1 => 1000.0,    // metres
            3 => 0.001,     // micrometres
            _ => 1.0,
        };
        var scaled = new Affine(affine.I * scale, affine.J * scale, affine.K * scale, affine.Origin * scale);
        if (!(scaled.I.IsFinite && scaled.J.IsFinite && scaled.K.IsFinite && scaled.Origin.IsFinite))
        {
            throw new BadInputException($"{file}: the affine holds numbers that are not finite; the image has no place in space.");
        }

        return scaled;
    }

    internal static VolumeGeometry ToGeometry(Affine ras, int slices, int rows, int columns, string file)
    {
        var (i, j, k, origin) = (ToLps(ras.I), ToLps(ras.J), ToLps(ras.K), ToLps(ras.Origin));
        var volume = Math.Abs(i.Cross(j).Dot(k));
        if (i.Length is 0 || j.Length is 0 || k.Length is 0 || volume < 1e-6 * i.Length * j.Length * k.Length)
        {
            throw new BadInputException(FormattableString.Invariant(
                $"{file}: the affine is singular (voxel steps {i.Length:G4}, {j.Length:G4}, {k.Length:G4} mm); a voxel must have a volume."));
        }

        var (rowDirection, columnDirection) = (i.Normalize(), j.Normalize());
        if (Math.Abs(rowDirection.Dot(columnDirection)) > OrthogonalityTolerance)
        {
            throw new BadInputException($"{file}: rows and columns are not at right angles (sheared affine). Resample it to a straight grid.");
        }

        var normal = rowDirection.Cross(columnDirection).Normalize();
        var isTilted = slices > 1 && k.Normalize().Cross(normal).Length > TiltSine;
        return new VolumeGeometry
        {
            Slices = slices,
            Rows = rows,
            Columns = columns,
            Origin = origin,
            RowDirection = rowDirection,
            ColumnDirection = columnDirection,
            SliceStep = k,
            RowSpacingMm = j.Length,
            ColumnSpacingMm = i.Length,
            SliceOrigins = isTilted ? [.. Enumerable.Range(0, slices).Select(z => origin + (k * z))] : null,
        };
    }

    internal static void Write(Span<byte> header, VolumeGeometry geometry)
    {
        var i = ToLps(geometry.RowDirection * geometry.ColumnSpacingMm); // the LPS <-> RAS flip is its own inverse
        var j = ToLps(geometry.ColumnDirection * geometry.RowSpacingMm);
        var k = ToLps(geometry.SliceStep);
        var origin = ToLps(geometry.Origin);
        WriteQform(header, i, j, k, origin);
        WriteInt16(header, 254, 1); // sform_code: NIFTI_XFORM_SCANNER_ANAT
        ReadOnlySpan<double> sform =
        [
            i.X, j.X, k.X, origin.X,
            i.Y, j.Y, k.Y, origin.Y,
            i.Z, j.Z, k.Z, origin.Z,
        ];
        for (var n = 0; n < sform.Length; n++)
        {
            WriteSingle(header, 280 + (4 * n), sform[n]);
        }
    }

    // 0 - x and not -x: a negative zero would find its way into texts.
    private static Vector3D ToLps(Vector3D ras) => new(0 - ras.X, 0 - ras.Y, ras.Z);

    private static Affine ReadSform(NiftiHeader.Fields fields)
    {
        Span<Vector3D> columns = stackalloc Vector3D[4];
        for (var c = 0; c < 4; c++)
        {
            columns[c] = new Vector3D(fields.Single(280 + (4 * c)), fields.Single(296 + (4 * c)), fields.Single(312 + (4 * c)));
        }

        return new Affine(columns[0], columns[1], columns[2], columns[3]);
    }

    private static Affine ReadQform(NiftiHeader.Fields fields, string file)
    {
        double b = fields.Single(256), c = fields.Single(260), d = fields.Single(264);
        var rest = 1 - ((b * b) + (c * c) + (d * d));
        if (!(rest > -1e-4))
        {
            throw new BadInputException($"{file}: the quaternion of the qform is longer than 1; the image has no orientation.");
        }

        var a = Math.Sqrt(Math.Max(0, rest));
        var handedness = fields.Single(76) < 0 ? -1 : 1;
        var (di, dj, dk) = (VoxelSize(fields, 1), VoxelSize(fields, 2), VoxelSize(fields, 3) * handedness);
        var i = new Vector3D((a * a) + (b * b) - (c * c) - (d * d), 2 * ((b * c) + (a * d)), 2 * ((b * d) - (a * c)));
        var j = new Vector3D(2 * ((b * c) - (a * d)), (a * a) + (c * c) - (b * b) - (d * d), 2 * ((c * d) + (a * b)));
        var k = new Vector3D(2 * ((b * d) + (a * c)), 2 * ((c * d) - (a * b)), (a * a) + (d * d) - (c * c) - (b * b));
        var origin = new Vector3D(fields.Single(268), fields.Single(272), fields.Single(276));
        return new Affine(i * di, j * dj, k * dk, origin);
    }

    private static Affine ReadSizes(NiftiHeader.Fields fields) => new(
        new Vector3D(VoxelSize(fields, 1), 0, 0),
        new Vector3D(0, VoxelSize(fields, 2), 0),
        new Vector3D(0, 0, VoxelSize(fields, 3)),
        default);

    // pixdim must be positive; a two-dimensional file may leave the third one 0.
    private static double VoxelSize(NiftiHeader.Fields fields, int axis)
    {
        var size = Math.Abs(fields.Single(76 + (4 * axis)));
        return size is 0 && axis == 3 ? 1 : size;
    }

    private static void WriteQform(Span<byte> header, Vector3D i, Vector3D j, Vector3D k, Vector3D origin)
    {
        WriteSingle(header, 80, i.Length);
        WriteSingle(header, 84, j.Length);
        WriteSingle(header, 88, k.Length);
        var (x, y) = (i.Normalize(), j.Normalize());
        var z = x.Cross(y).Normalize();
        var handedness = z.Dot(k) < 0 ? -1 : 1;
        WriteSingle(header, 76, handedness);
        if (k.Normalize().Cross(z).Length > TiltSine)
        {
            return; // a sheared grid has no rotation; qform_code stays 0 and the sform speaks
        }

        var (b, c, d) = ToQuaternion(x, y, z);
        WriteInt16(header, 252, 1);
        WriteSingle(header, 256, b);
        WriteSingle(header, 260, c);
        WriteSingle(header, 264, d);
        WriteSingle(header, 268, origin.X);
        WriteSingle(header, 272, origin.Y);
        WriteSingle(header, 276, origin.Z);
    }

    // nifti1.h gives the rotation of a unit quaternion (a, b, c, d) with a >= 0; the largest component is found first.
    private static (double B, double C, double D) ToQuaternion(Vector3D x, Vector3D y, Vector3D z)
    {
        var trace = x.X + y.Y + z.Z;
        double a, b, c, d;
        if (trace > 0)
        {
            var s = 2 * Math.Sqrt(1 + trace);
            (a, b, c, d) = (s / 4, (y.Z - z.Y) / s, (z.X - x.Z) / s, (x.Y - y.X) / s);
        }
        else if (x.X >= y.Y && x.X >= z.Z)
        {
            var s = 2 * Math.Sqrt(Math.Max(0, 1 + x.X - y.Y - z.Z));
            (a, b, c, d) = ((y.Z - z.Y) / s, s / 4, (x.Y + y.X) / s, (z.X + x.Z) / s);
        }
        else if (y.Y >= z.Z)
        {
            var s = 2 * Math.Sqrt(Math.Max(0, 1 + y.Y - x.X - z.Z));
            (a, b, c, d) = ((z.X - x.Z) / s, (x.Y + y.X) / s, s / 4, (y.Z + z.Y) / s);
        }
        else
        {
            var s = 2 * Math.Sqrt(Math.Max(0, 1 + z.Z - x.X - y.Y));
            (a, b, c, d) = ((x.Y - y.X) / s, (z.X + x.Z) / s, (y.Z + z.Y) / s, s / 4);
        }

        return a < 0 ? (-b, -c, -d) : (b, c, d);
    }

    private static void WriteInt16(Span<byte> header, int at, short value)
        => BinaryPrimitives.WriteInt16LittleEndian(header[at..], value);

    private static void WriteSingle(Span<byte> header, int at, double value)
        => BinaryPrimitives.WriteSingleLittleEndian(header[at..], (float)value);
}
