using VMUNet.Codecs;

namespace VMUNet.Benchmarks.Fuzz;

/// <summary>DICOM files and compressed frames.</summary>
internal static class ObjectTargets
{
    private const string Jpeg = "1.2.840.10008.1.2.4.";
    private static readonly string[] Managed =
        ["1.2.840.10008.1.2.5", Jpeg + "50", Jpeg + "51", Jpeg + "57", Jpeg + "70"];
    private static readonly string[] Native = [Jpeg + "80", Jpeg + "90", Jpeg + "201"];

    /// <summary>Targets over the files of a folder; codecs whose library is not installed are left out.</summary>
    public static IEnumerable<FuzzTarget> All(byte[][] files, IReadOnlyList<CodedFrame> frames)
    {
        yield return new("file", 10_000, files, TakeFile);
        foreach (var group in frames.GroupBy(f => f.Syntax).Where(g => FrameCodec.CanDecode(g.Key)))
        {
            var shape = group.MinBy(f => f.Bytes.Length)!.Shape;
            var isNative = Native.Any(n => group.Key.StartsWith(n[..^1], StringComparison.Ordinal))
                && !Managed.Contains(group.Key);
            yield return new($"codec.{group.Key[14..]}", isNative ? 300 : 1_500,
                [.. group.Where(f => f.Shape == shape).Select(f => f.Bytes)], bytes =>
                    TakeFrame(group.Key, bytes, shape));
        }
    }

    /// <summary>What is read to its end can be looked at; what can be written is read again as the same
    /// items.</summary>
    private static bool TakeFile(byte[] bytes)
    {
        DicomFile file;
        try
        {
            file = DicomFile.Open(new MemoryStream(bytes), FileReadOption.ReadAll);
        }
        catch (DicomDataException)
        {
            return false;
        }

        foreach (var item in file.Dataset)
        {
            file.Dataset.TryGetString(item.Tag, out _);
            file.Dataset.TryGetValues<double>(item.Tag, out _);
        }

        if (!file.IsPartial)
        {
            Again(file);
        }

        return !file.IsPartial;
    }

    private static void Again(DicomFile file)
    {
        var written = new MemoryStream();
        try
        {
            file.Save(written);
        }
        catch (Exception e) when (e is DicomException or ArgumentException)
        {
            return; // reading is lenient, writing is strict
        }

        written.Position = 0;
        var read = DicomFile.Open(written, FileReadOption.ReadAll);
        if (read.IsPartial || read.Dataset.Count() > file.Dataset.Count())
        {
            throw new PropertyBroken($"{file.Dataset.Count()} items became {read.Dataset.Count()}");
        }
    }

    private static bool TakeFrame(string syntax, byte[] bytes, FrameShape shape)
    {
        try
        {
            var frame = FrameCodec.Decode(syntax, bytes, shape);
            return frame.Length == shape.ByteCount ? true : throw new PropertyBroken($"{frame.Length} bytes");
        }
        catch (CodecException)
        {
            return false;
        }
    }
}

/// <summary>A legal compressed frame.</summary>
internal sealed record CodedFrame(string Syntax, byte[] Bytes, FrameShape Shape);
