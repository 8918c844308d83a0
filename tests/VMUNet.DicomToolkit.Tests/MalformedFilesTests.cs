using VMUNet.DicomToolkit.Imaging;
using VMUNet.DicomToolkit.Imaging.Codec;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>Broken files: each is read, or partly read, or refused with a typed exception; nothing else
/// happens.</summary>
public sealed class MalformedFilesTests
{
    private const long AllocationLimit = 400L << 20;

    [Fact]
    public void Every_malformed_file_has_a_definite_outcome_in_bounded_memory()
    {
        var folder = SharedFiles.Folder("data/dicom-malformed");
        var files = Directory.GetFiles(folder, "*.dcm", SearchOption.AllDirectories);
        var before = GC.GetTotalAllocatedBytes();

        var outcomes = files.ToDictionary(f => f, Outcome);

        Assert.True(files.Length > 100);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, AllocationLimit);
        Assert.Contains("complete", outcomes.Values);
        Assert.Contains("partial", outcomes.Values);
        Assert.Contains("refused", outcomes.Values);
    }

    [Fact]
    public void Files_that_three_other_readers_accept_are_accepted()
    {
        var folder = SharedFiles.Folder("data/dicom-malformed");
        var rows = File.ReadLines(Path.Combine(folder, "manifest.csv")).Skip(1).ToArray();

        var faults = rows.Where(r => r.Contains(",ok,ok,ok,", StringComparison.Ordinal)).Select(r => r.Split(',')[0])
            .Select(f => (File: f, Outcome: Outcome(Path.Combine(folder, f)))).Where(o => o.Outcome != "complete");

        Assert.Empty(faults);
    }

    internal static string Outcome(string path)
    {
        try
        {
            var file = DicomFile.Open(path);
            TouchAll(file.Dataset);
            TouchPixels(file.Dataset);
            return file.IsPartial ? "partial" : "complete";
        }
        catch (DicomFileException)
        {
            return "refused";
        }
    }

    internal static void TouchAll(DicomDataset dataset)
    {
        foreach (var item in dataset)
        {
            foreach (var inner in item is DicomSequence sequence ? sequence.Items : [])
            {
                TouchAll(inner);
            }

            if (item is DicomElement element)
            {
                dataset.TryGetString(item.Tag, out _);
                dataset.TryGetValues<double>(item.Tag, out _);
                dataset.TryGetValues<int>(item.Tag, out _);
                dataset.TryGetSingleValue<DateTime>(item.Tag, out _);
                Assert.True(element.Length >= 0);
            }
        }
    }

    private static void TouchPixels(DicomDataset dataset)
    {
        try
        {
            var pixels = DicomPixelData.Create(dataset);
            new DicomTranscoder(pixels.Syntax, DicomTransferSyntax.ExplicitVRLittleEndian).DecodeFrame(dataset, 0);
        }
        catch (DicomDataException)
        {
            // A definite answer, which is what is asked for.
        }
    }
}
