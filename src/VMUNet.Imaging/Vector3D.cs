namespace VMUNet.Imaging;

/// <summary>A point or a direction in patient space: LPS (x to the left, y to posterior, z to the head), millimetres.</summary>
/// <param name="X">Towards the patient's left.</param>
/// <param name="Y">Towards posterior.</param>
/// <param name="Z">Towards the head.</param>
public readonly record struct Vector3D(double X, double Y, double Z)
{
    /// <summary>Euclidean length.</summary>
    public double Length => Math.Sqrt((X * X) + (Y * Y) + (Z * Z));

    /// <summary>True if no coordinate is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    /// <summary>Sum of two vectors.</summary>
    public static Vector3D operator +(Vector3D a, Vector3D b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>Difference of two vectors.</summary>
    public static Vector3D operator -(Vector3D a, Vector3D b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>The opposite vector; a zero stays a positive zero.</summary>
    public static Vector3D operator -(Vector3D a) => new(0 - a.X, 0 - a.Y, 0 - a.Z);

    /// <summary>A vector times a number.</summary>
    public static Vector3D operator *(Vector3D a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    /// <summary>A number times a vector.</summary>
    public static Vector3D operator *(double factor, Vector3D a) => a * factor;

    /// <summary>Sum of two vectors.</summary>
    public static Vector3D Add(Vector3D left, Vector3D right) => left + right;

    /// <summary>Difference of two vectors.</summary>
    public static Vector3D Subtract(Vector3D left, Vector3D right) => left - right;

    /// <summary>A vector times a number.</summary>
    public static Vector3D Multiply(Vector3D left, double right) => left * right;

    /// <summary>The opposite vector.</summary>
    public static Vector3D Negate(Vector3D item) => -item;

    /// <summary>Inner product.</summary>
    public double Dot(Vector3D other) => (X * other.X) + (Y * other.Y) + (Z * other.Z);

    /// <summary>Cross product; right-handed.</summary>
    public Vector3D Cross(Vector3D other) => new(
        (Y * other.Z) - (Z * other.Y),
        (Z * other.X) - (X * other.Z),
        (X * other.Y) - (Y * other.X));

    /// <summary>The unit vector of this direction.</summary>
    /// <exception cref="InvalidOperationException">The vector has no length.</exception>
    public Vector3D Normalize()
    {
        var length = Length;
        if (length is 0 || !double.IsFinite(length))
        {
            throw new InvalidOperationException($"A vector of length {length} has no direction.");
        }

        return new Vector3D(X / length, Y / length, Z / length);
    }
}
