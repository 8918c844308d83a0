using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class SegSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, null, "1 1 1")]
    [InlineData(2, null, "2 1")]
    [InlineData(8, null, "3")]
    [InlineData(null, 6, "2 1")]
    [InlineData(null, 4, "1 1 1")]
    [InlineData(1, 9, "1 1 1")]
    public void Organs_are_spread_over_objects_of_one_series_within_the_limits(int? segments, int? frames, string sizes)
    {
        var (source, labels) = Three(); // organs 1, 5 and 7 with 4, 2 and 3 frames
        var form = new SegForm { MaxSegments = segments, MaxFrames = frames };

        var parts = Assert.IsType<SegSet.Written>(
            SegSet.Write(source, labels, Organs.Eight, Organs.Model, form)).Parts;

        Assert.Equal(sizes, string.Join(' ', parts.Select(p => p.Seg.Segments.Count)));
        Assert.Single(parts.Select(p => p.Seg.SeriesInstanceUid).Distinct());
        Assert.Equal(parts.Count, parts.Select(p => p.Seg.SopInstanceUid).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, parts.Count), parts.Select(p => p.Seg.File.Dataset.GetInt(DicomTag.InstanceNumber, 0)));
        var together = new byte[labels.Labels.Length];
        foreach (var part in parts)
        {
            var file = Save(part.Seg);
            Assert.IsType<GateVerdict.Passed>(OutgoingGate.Check(file, source, part.Labels, Organs.Eight, form));
            var read = Read.Seg(file, source, Organs.Eight).Map.Labels;
            for (var i = 0; i < together.Length; i++)
            {
                together[i] += read[i];
            }
        }
        Assert.Equal(labels.Labels.ToArray(), together);
    }

    [Fact]
    public void An_organ_with_more_frames_than_an_object_may_have_cannot_be_sent()
    {
        var (source, labels) = Three();

        var impossible = Assert.IsType<SegSet.Impossible>(
            SegSet.Write(source, labels, Organs.Eight, Organs.Model, new SegForm { MaxFrames = 3 }));

        Assert.Contains("alone has 4 frames, the destination takes 3", impossible.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gate_holds_what_exceeds_a_destinations_limits()
    {
        var (source, labels) = Three();
        var file = Save((SegResult.Written)SegWriter.Write(source, labels, Organs.Eight, Organs.Model));

        Assert.Contains("the destination takes 8", Held(new SegForm { MaxFrames = 8 }), StringComparison.Ordinal);
        Assert.Contains("the destination takes 2", Held(new SegForm { MaxSegments = 2 }), StringComparison.Ordinal);
        Assert.Contains("LABELMAP", Held(new SegForm { IsLabelMap = true }), StringComparison.Ordinal);
        Assert.IsType<GateVerdict.Passed>(OutgoingGate.Check(
            file, source, labels, Organs.Eight, new SegForm { MaxFrames = 9, MaxSegments = 3 }));

        string Held(SegForm form) => Assert.IsType<GateVerdict.Held>(
            OutgoingGate.Check(file, source, labels, Organs.Eight, form)).Reason;
    }

    [Fact]
    public void A_label_map_comes_back_voxel_for_voxel_and_passes_the_gate()
    {
        var (source, labels) = Three();
        var form = new SegForm { IsLabelMap = true };

        var part = Assert.Single(Assert.IsType<SegSet.Written>(
            SegSet.Write(source, labels, Organs.Eight, Organs.Model, form)).Parts);
        var file = Save(part.Seg);

        Assert.Equal((SopClasses.LabelMapSegmentation, 4), (part.Seg.SopClassUid, part.Seg.Frames));
        Assert.Equal(labels.Labels.ToArray(), Read.Seg(file, source, Organs.Eight).Map.Labels.ToArray());
        Assert.IsType<GateVerdict.Passed>(OutgoingGate.Check(file, source, labels, Organs.Eight, form));
        Assert.IsType<GateVerdict.Held>(OutgoingGate.Check(file, source, labels, Organs.Eight));
    }

    [Theory]
    [InlineData("one value changed")]
    [InlineData("two segments exchanged")]
    [InlineData("a frame one slice higher")]
    [InlineData("two dimensions")]
    public void A_spoiled_label_map_is_held_back(string what)
    {
        var (source, labels) = Three();
        var form = new SegForm { IsLabelMap = true };
        var file = Save((SegResult.Written)SegWriter.Write(source, labels, Organs.Eight, Organs.Model, form));
        var seg = DicomFile.Open(file, FileReadOption.ReadAll);
        var data = seg.Dataset.NotValidated();
        var pixels = data.GetBytes(DicomTag.PixelData).ToArray();
        switch (what)
        {
            case "one value changed":
                pixels[7] = (byte)(pixels[7] == 1 ? 2 : 1);
                break;
            case "two segments exchanged":
                pixels = [.. pixels.Select(v => (byte)(v == 1 ? 2 : v == 2 ? 1 : v))];
                break;
            case "a frame one slice higher":
                data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence)[0].GetFirstItem(DicomTag.PlanePositionSequence)!
                    .AddOrUpdate(DicomTag.ImagePositionPatient, "0\\-10\\-15");
                break;
            default:
                var dimensions = data.GetSequence(DicomTag.DimensionIndexSequence);
                dimensions.Items.Add(dimensions.Items[0]);
                break;
        }
        data.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(pixels)));
        seg.Save(file);

        Assert.IsType<GateVerdict.Held>(OutgoingGate.Check(file, source, labels, Organs.Eight, form));
    }

    [Fact]
    public void A_report_names_the_object_that_shows_each_organ()
    {
        var (source, labels) = Three();
        var segs = ((SegSet.Written)SegSet.Write(source, labels, Organs.Eight, Organs.Model, new SegForm { MaxSegments = 2 }))
            .Parts.Select(p => p.Seg).ToList();
        var measurements = OrganMeasurements.Of(source, labels, null, Organs.Eight);

        var report = ReportWriter.Write(source, measurements, segs, [], Organs.Model);
        var file = _folder.File("report");
        report.Save(file);

        Assert.IsType<GateVerdict.Passed>(OutgoingGate.CheckReport(file, source, measurements, segs));
        Assert.IsType<GateVerdict.Held>(OutgoingGate.CheckReport(file, source, measurements, [.. segs.AsEnumerable().Reverse().Take(1)]));
    }

    [Theory]
    [InlineData(61, 47, 9, true)]
    [InlineData(64, 48, 9, false)]
    [InlineData(61, 47, 1, false)]
    public void A_label_map_is_made_only_where_viewers_draw_binary_wrongly(int rows, int columns, int frames, bool isMade)
    {
        var source = Read.Volume(new SyntheticSeries { Rows = rows, Columns = columns }.Write(_folder.Path)).Source;
        var wish = new SegForm { IsLabelMap = true, MaxFrames = 100, MaxSegments = 8, HasNominalGeometry = false };

        var form = wish.For(source, frames, 3);

        Assert.Equal(isMade ? SegForm.Standard with { IsLabelMap = true } : SegForm.Standard, form);
    }

    private (SourceSeries Source, LabelMap Labels) Three()
    {
        var source = Read.Volume(new SyntheticSeries().Write(_folder.File("source"))).Source;
        var labels = new byte[source.Geometry.VoxelCount];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (i / 30, i % 30) switch
            {
                (_, < 3) => 1,
                (1 or 2, < 9) => 5,
                (> 0, > 24) => 7,
                _ => 0,
            };
        }
        return (source, new LabelMap(source.Geometry, labels));
    }

    private string Save(SegResult.Written seg)
    {
        var path = _folder.File(seg.SopInstanceUid);
        seg.Save(path);
        return path;
    }
}
