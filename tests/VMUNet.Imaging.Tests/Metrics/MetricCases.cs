using System.Text.Json;
using VMUNet.Testing;

namespace VMUNet.Imaging.Tests.Metrics;

/// <summary>The pairs of tests/goldens/metrics/cases.json.</summary>
internal static class MetricCases
{
    private static readonly string Folder = Path.Combine(RepoPaths.Goldens, "metrics");
    private static readonly JsonElement Cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "cases.json"))).RootElement.GetProperty("cases");

    internal static IEnumerable<string> Ids => Cases.EnumerateArray().Select(entry => entry.GetProperty("id").GetString()!);

    internal static MetricCase Load(string id)
    {
        var entry = Cases.EnumerateArray().Single(candidate => candidate.GetProperty("id").GetString() == id);
        int[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        double[] spacing = [.. entry.GetProperty("spacing_mm").EnumerateArray().Select(step => step.GetDouble())];
        var isPlanar = shape.Length == 2;
        var geometry = isPlanar
            ? VolumeGeometry.Axial(1, shape[0], shape[1], new SpacingMm(1, spacing[0], spacing[1])) with { IsPicture = true }
            : VolumeGeometry.Axial(shape[0], shape[1], shape[2], new SpacingMm(spacing[0], spacing[1], spacing[2]));
        return new MetricCase(
            Map("pred"),
            Map("ref"),
            [.. entry.GetProperty("labels").EnumerateArray().Select(label => label.GetByte())],
            entry.GetProperty("expected"));

        LabelMap Map(string side) => new(
            geometry,
            GoldenArray.Read<byte>(
                Path.Combine(Folder, entry.GetProperty(side).GetString()!), entry.GetProperty($"sha256_{side}_raw").GetString()));
    }
}

/// <summary>One pair with what each convention yields per label.</summary>
internal sealed record MetricCase(LabelMap Prediction, LabelMap Reference, byte[] Labels, JsonElement Expected);
