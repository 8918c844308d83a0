using VMUNet.Codecs;

namespace VMUNet.Benchmarks.Fuzz;

/// <summary>Legal inputs: the goldens and samples of the repository, and public test files beside it where they are
/// there.</summary>
internal static class Seeds
{
    // ISO/IEC 14495-1 annex H.3's example. On larger damaged frames CharLS may work for seconds, until it is stopped.
    private static readonly byte[] JpegLsExample = Convert.FromHexString(
        "FFD8FFF7000B080004000401011100FFDA0008010100000000"
        + "C000006C80208E01C0000057400000" + "6EE6000001BC18000005D800009160FFD9");

    private const int MaxFile = 600_000;
    private const int SmallFile = 20_000;

    /// <summary>DICOM files, and the compressed frames in them.</summary>
    public static (byte[][] Files, byte[][] DataSets, List<CodedFrame> Frames) Load(string root)
    {
        string[] folders = [Path.Combine(root, "tests", "goldens", "dicom-jpeg"),
            Path.Combine(root, "..", "shared", "data", "dicom-transfer-syntaxes")];
        var paths = folders.Where(Directory.Exists)
            .SelectMany(f => Directory.GetFiles(f, "*.dcm", SearchOption.AllDirectories))
            .Where(p => new FileInfo(p).Length < MaxFile).Order(StringComparer.Ordinal).ToArray();
        var (files, dataSets, frames) = (new List<byte[]>(), new List<byte[]>(), new List<CodedFrame>());
        foreach (var path in paths)
        {
            var bytes = File.ReadAllBytes(path);
            var file = DicomFile.Open(new MemoryStream(bytes), FileReadOption.ReadAll);
            if (bytes.Length < SmallFile)
            {
                files.Add(bytes);
                var start = 144 + BitConverter.ToInt32(bytes, 140);
                dataSets.Add(bytes[start..]);
            }

            if (file.Dataset.InternalTransferSyntax.IsEncapsulated)
            {
                frames.Add(Frame(file.Dataset));
            }
        }

        var small = new FrameShape { Rows = 4, Columns = 4, SamplesPerPixel = 1, BitsAllocated = 8 };
        frames.Add(new CodedFrame(DicomTransferSyntax.JPEGLSLossless.UID.UID, JpegLsExample, small));
        frames.Add(new CodedFrame(DicomTransferSyntax.JPEGLSNearLossless.UID.UID, JpegLsExample, small));
        return ([.. files], [.. dataSets], frames);
    }

    private static CodedFrame Frame(DicomDataset dataset)
    {
        var pixels = DicomPixelData.Create(dataset);
        return new CodedFrame(pixels.Syntax.UID.UID, pixels.GetFrame(0).Data, new FrameShape
        {
            Rows = pixels.Height,
            Columns = pixels.Width,
            SamplesPerPixel = pixels.SamplesPerPixel,
            BitsAllocated = pixels.BitsAllocated,
            IsSigned = pixels.PixelRepresentation == PixelRepresentation.Signed,
        });
    }
}
