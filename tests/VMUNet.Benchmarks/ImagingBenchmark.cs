using System.Diagnostics;
using System.Globalization;
using VMUNet.Dicom;
using VMUNet.Imaging;
using VMUNet.Imaging.Metrics;

namespace VMUNet.Benchmarks;

/// <summary>Files to a volume, labels to a checked SEG, and scores, at the size of an abdominal CT. Wall and processor
/// time, the least of three runs after one to warm up; memory is the peak of the process above its level before.</summary>
internal static class ImagingBenchmark
{
    private const int Side = 512;
    private const int ReadSlices = 300;
    private const int ScoreSlices = 200;
    private const int Runs = 3;

    public static void Run(SortedDictionary<string, double> results)
    {
        string folder = Directory.CreateTempSubdirectory("vmunet-bench-").FullName;
        try
        {
            SourceSeries source = Read(results, WriteSeries(folder));
            WriteSeg(results, source, Path.Combine(folder, "result.seg.dcm"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Score(results);
        results["machine.cores"] = Environment.ProcessorCount;
    }

    private static IReadOnlyList<string> WriteSeries(string folder)
    {
        VolumeGeometry grid = Grid(ReadSlices);
        var voxels = new float[grid.VoxelCount];
        for (int i = 0; i < voxels.Length; i++)
        {
            voxels[i] = (int)((uint)i * 2654435761u >> 21) - 1024;
        }
        var files = Dicomizer.FromVolume(new Volume(grid, voxels), Path.Combine(folder, "series"), new DicomizeOptions
        {
            Kind = DicomizeKind.Ct,
            CreatedAt = DateTimeOffset.UnixEpoch,
        });
        Console.Error.WriteLine($"{files.Count} images of {Side} x {Side} written");
        return files;
    }

    private static SourceSeries Read(SortedDictionary<string, double> results, IReadOnlyList<string> files)
    {
        SourceSeries? source = null;
        Measure(results, "imaging.read", () =>
            source = SeriesReader.Read(files, CancellationToken.None) is SeriesContent.AsVolume read
                ? read.Source
                : throw new InvalidOperationException("the series was refused"));
        return source!;
    }

    private static void WriteSeg(SortedDictionary<string, double> results, SourceSeries source, string file)
    {
        LabelMap labels = Ellipsoids(source.Geometry, 0);
        OrganLabel[] organs = [.. Enumerable.Range(1, 8).Select(Organ)];
        var provenance = new SegProvenance
        {
            AlgorithmName = "bench",
            AlgorithmVersion = "1",
            WeightsSha256 = "",
            ModelName = "bench",
            SoftwareVersion = "1",
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        Measure(results, "imaging.seg_write", () =>
        {
            if (SegWriter.Write(source, labels, organs, provenance) is not SegResult.Written written)
            {
                throw new InvalidOperationException("nothing was written");
            }
            written.Save(file);
        });
        Measure(results, "imaging.gate", () =>
        {
            if (OutgoingGate.Check(file, source, labels, organs) is GateVerdict.Held held)
            {
                throw new InvalidOperationException(held.Reason);
            }
        });
        results["imaging.seg_mb"] = Math.Round(new FileInfo(file).Length / 1e6, 1);
    }

    private static void Score(SortedDictionary<string, double> results)
    {
        VolumeGeometry grid = Grid(ScoreSlices);
        LabelMap reference = Ellipsoids(grid, 0);
        LabelMap prediction = Ellipsoids(grid, 3);
        Measure(results, "imaging.score", () => SegmentationQa.Score(prediction, reference));
        results["imaging.score.voxels"] = reference.Labels.Length - reference.Labels.Count((byte)0);
        byte[] strays = prediction.Labels.ToArray();
        for (int organ = 1; organ <= 8; organ++)
        {
            strays[organ] = strays[^organ] = (byte)organ;
        }
        var scattered = new LabelMap(grid, strays);
        long before = ResetPeak();
        Measure(results, "imaging.score_strays", () => SegmentationQa.Score(scattered, reference), runs: 1);
        results["imaging.score_strays.extra_mb"] = Math.Round((Peak() - before) / 1e6, 1);
    }

    private static void Measure(SortedDictionary<string, double> results, string name, Action action, int runs = Runs)
    {
        if (runs > 1)
        {
            action();
        }
        (double wall, double processor) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < runs; i++)
        {
            (long start, double used) = (Stopwatch.GetTimestamp(), ProcessorTime.Process);
            action();
            wall = Math.Min(wall, Stopwatch.GetElapsedTime(start).TotalSeconds);
            processor = Math.Min(processor, ProcessorTime.Process - used);
        }
        results[name + ".wall_s"] = Math.Round(wall, 3);
        results[name + ".cpu_s"] = Math.Round(processor, 3);
        Console.Error.WriteLine($"{name}: {wall:0.00} s, {processor:0.00} s of processor");
    }

    private static VolumeGeometry Grid(int slices) => VolumeGeometry.Axial(slices, Side, Side, new SpacingMm(2.5, 0.8, 0.8));

    /// <summary>Eight ellipsoids from small to large, cut by the border of the image and by each other.</summary>
    private static LabelMap Ellipsoids(VolumeGeometry grid, int shift)
    {
        var labels = new byte[grid.VoxelCount];
        for (int organ = 1; organ <= 8; organ++)
        {
            double radius = 14 + 11 * organ;
            var (z0, y0, x0) = (grid.Slices * (0.3 + 0.05 * organ), 90 + 45 * organ + shift, 420 - 40 * organ - shift);
            double depth = radius / 3;
            for (int z = (int)Math.Max(0, z0 - depth); z <= Math.Min(grid.Slices - 1, z0 + depth); z++)
            {
                for (int y = (int)Math.Max(0, y0 - radius); y <= Math.Min(Side - 1, y0 + radius); y++)
                {
                    double rest = 1 - Square((z - z0) / depth) - Square((y - y0) / radius);
                    int half = rest > 0 ? (int)(Math.Sqrt(rest) * radius) : -1;
                    int from = Math.Max(0, (int)x0 - half);
                    int to = Math.Min(Side - 1, (int)x0 + half);
                    if (half >= 0 && from <= to)
                    {
                        labels.AsSpan((z * Side + y) * Side + from, to - from + 1).Fill((byte)organ);
                    }
                }
            }
        }
        return new LabelMap(grid, labels);
    }

    private static double Square(double value) => value * value;

    private static OrganLabel Organ(int value) => new()
    {
        Value = (byte)value,
        Name = string.Create(CultureInfo.InvariantCulture, $"organ {value}"),
        Category = new CodedConcept("91723000", "SCT", "Anatomical Structure"),
        Type = new CodedConcept(string.Create(CultureInfo.InvariantCulture, $"1000000{value}"), "SCT", "Organ"),
        Colour = new Rgb((byte)(20 * value), 100, 200),
    };

    /// <summary>Forgets the highest resident size; returns the present one, bytes.</summary>
    private static long ResetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // back to the system
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Environment.WorkingSet;
    }

    /// <summary>Highest resident size since then, bytes.</summary>
    private static long Peak() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))[6..^2].Trim(),
        CultureInfo.InvariantCulture);
}
