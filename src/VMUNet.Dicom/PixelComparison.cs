namespace VMUNet.Dicom;

/// <summary>Whether two files hold the same image, whatever their transfer syntaxes.</summary>
public static class PixelComparison
{
    /// <summary>Null when every sample of every frame is equal, else the difference in a sentence.</summary>
    /// <param name="first">A Part 10 file.</param>
    /// <param name="second">Another.</param>
    /// <param name="ct">Looked at once a frame.</param>
    public static string? Difference(string first, string second, CancellationToken ct)
    {
        try
        {
            var (a, b) = (DicomFile.Open(first).Dataset, DicomFile.Open(second).Dataset);
            if (!a.Contains(DicomTag.PixelData) || !b.Contains(DicomTag.PixelData))
            {
                return a.Contains(DicomTag.PixelData) == b.Contains(DicomTag.PixelData) ? null : "only one of them has pixels";
            }
            var (shape, other) = (Shape(a), Shape(b));
            if (shape != other)
            {
                return $"the images have other sizes, {shape} and {other}";
            }
            var frames = DicomPixelData.Create(a).NumberOfFrames;
            for (var frame = 0; frame < frames; frame++)
            {
                ct.ThrowIfCancellationRequested();
                var left = PixelSource.Frame(a, frame, "the first object").AsSpan();
                var right = PixelSource.Frame(b, frame, "the copy").AsSpan();
                var length = Math.Min(shape.FrameBytes, Math.Min(left.Length, right.Length)); // beyond it lies padding
                if (length < shape.FrameBytes || !left[..length].SequenceEqual(right[..length]))
                {
                    return $"the decoded pixels of frame {frame + 1} differ";
                }
            }
            return null;
        }
        catch (Exception e) when (e is RefusalException or DicomException or IOException)
        {
            return $"they cannot be compared: {e.Message}";
        }
    }

    private static ImageShape Shape(DicomDataset data)
    {
        var pixels = DicomPixelData.Create(data);
        return new ImageShape(pixels.Height, pixels.Width, pixels.SamplesPerPixel, pixels.BitsAllocated, pixels.NumberOfFrames);
    }

    private readonly record struct ImageShape(int Rows, int Columns, int Samples, int Bits, int Frames)
    {
        public int FrameBytes => (int)((((long)Rows * Columns * Samples * Bits) + 7) / 8);

        public override string ToString() => $"{Frames} x {Rows} x {Columns} x {Samples} of {Bits} bits";
    }
}
