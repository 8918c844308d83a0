using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests.Gate;

/// <summary>A good SEG passes; every spoiled one is held back, whatever was spoiled.</summary>
public sealed class OutgoingGateTests : IDisposable
{
    private static readonly Dictionary<string, Action<DicomFile>> Spoilers = new(StringComparer.Ordinal)
    {
        ["another patient"] = f => f.Dataset.AddOrUpdate(DicomTag.PatientID, "P-2"),
        ["another name"] = f => f.Dataset.AddOrUpdate(DicomTag.PatientName, "Other^Person"),
        ["no birth date attribute"] = f => f.Dataset.Remove(DicomTag.PatientBirthDate),
        ["another study"] = f => f.Dataset.AddOrUpdate(DicomTag.StudyInstanceUID, "2.25.5"),
        ["another accession number"] = f => f.Dataset.AddOrUpdate(DicomTag.AccessionNumber, "A78"),
        ["filed in the source series"] = f => f.Dataset.AddOrUpdate(DicomTag.SeriesInstanceUID, "2.25.1002"),
        ["another modality"] = f => f.Dataset.AddOrUpdate(DicomTag.Modality, "CT"),
        ["three image type values"] = f => f.Dataset.AddOrUpdate(DicomTag.ImageType, "DERIVED", "PRIMARY", "AXIAL"),
        ["fractional without being it"] = f => f.Dataset.AddOrUpdate(DicomTag.SegmentationType, "FRACTIONAL"),
        ["eight bits stored"] = f => f.Dataset.AddOrUpdate(DicomTag.BitsStored, (ushort)8),
        ["no content label"] = f => f.Dataset.Remove(DicomTag.ContentLabel),
        ["empty series number"] = f => f.Dataset.AddOrUpdate(DicomTag.SeriesNumber, ""),
        ["no frame of reference"] = f => f.Dataset.Remove(DicomTag.FrameOfReferenceUID),
        ["another frame of reference"] = f => f.Dataset.AddOrUpdate(DicomTag.FrameOfReferenceUID, "2.25.7"),
        ["another source series"] = f => SourceSeriesItem(f).AddOrUpdate(DicomTag.SeriesInstanceUID, "2.25.8"),
        ["no source series"] = f => f.Dataset.Remove(DicomTag.ReferencedSeriesSequence),
        ["one source image not listed"] = f => Listed(f).Items.RemoveAt(1),
        ["a stranger listed"] = f => Listed(f).Items[2].AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, "2.25.9"),
        ["a frame that names another slice"] = f => SourceImage(f, 0).AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, "2.25.1002.3"),
        ["a frame that names no image"] = f => Frame(f, 1).Remove(DicomTag.DerivationImageSequence),
        ["location not preserved"] = f => SourceImage(f, 0).AddOrUpdate(DicomTag.SpatialLocationsPreserved, "NO"),
        ["a frame one slice higher"] = f => Position(f, 0, "0\\-10\\-15"),
        ["a frame a tenth of a millimetre aside"] = f => Position(f, 0, "0.1\\-10\\-20"),
        ["rows and columns exchanged"] = f => Orientation(f, "0\\1\\0\\1\\0\\0"),
        ["mirrored left to right"] = f => Orientation(f, "-1\\0\\0\\0\\1\\0"),
        ["spacings exchanged"] = f => Measures(f).AddOrUpdate(DicomTag.PixelSpacing, "0.5", "0.75"),
        ["another slice distance"] = f => Measures(f).AddOrUpdate(DicomTag.SpacingBetweenSlices, "2.4"),
        ["no slice thickness"] = f => Measures(f).Remove(DicomTag.SliceThickness),
        ["one dimension"] = f => f.Dataset.GetSequence(DicomTag.DimensionIndexSequence).Items.RemoveAt(1),
        ["dimensions exchanged"] = f => Reverse(f.Dataset.GetSequence(DicomTag.DimensionIndexSequence)),
        ["frames out of order"] = f => Reverse(f.Dataset.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence)),
        ["a frame of another segment"] = f => Frame(f, 0).GetSequence(DicomTag.SegmentIdentificationSequence).Items[0]
            .AddOrUpdate(DicomTag.ReferencedSegmentNumber, (ushort)2),
        ["one frame too many declared"] = f => f.Dataset.AddOrUpdate(DicomTag.NumberOfFrames, "9"),
        ["segment numbers with a gap"] = f => Segment(f, 1).AddOrUpdate(DicomTag.SegmentNumber, (ushort)3),
        ["liver coded as spleen"] = f => Type(f, 0).AddOrUpdate(DicomTag.CodeValue, "78961009"),
        ["left kidney coded as right"] = f => Type(f, 1).GetSequence(DicomTag.SegmentedPropertyTypeModifierCodeSequence)
            .Items[0].AddOrUpdate(DicomTag.CodeValue, "24028007"),
        ["kidney without a side"] = f => Type(f, 1).Remove(DicomTag.SegmentedPropertyTypeModifierCodeSequence),
        ["no colour"] = f => Segment(f, 0).Remove(DicomTag.RecommendedDisplayCIELabValue),
        ["no algorithm"] = f => Segment(f, 0).Remove(DicomTag.SegmentAlgorithmType),
        ["bits in reverse order"] = f => Pixels(f, bytes =>
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)((bytes[i] * 0x0202020202UL & 0x010884422010UL) % 1023);
            }
        }),
        ["one bit turned"] = f => Pixels(f, bytes => bytes[3] ^= 4),
        ["bits behind the end set"] = f => Pixels(f, bytes => bytes[^1] |= 0x80),
        ["all pixels empty"] = f => Pixels(f, bytes => bytes.AsSpan().Clear()),
        ["two pixel bytes missing"] = f =>
            f.Dataset.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(Bits(f)[..^2]))),
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. Spoilers.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void A_spoiled_seg_is_held_back(string what)
    {
        var (file, source, labels) = Good();
        var seg = DicomFile.Open(file, FileReadOption.ReadAll);
        seg.Dataset.NotValidated();
        Spoilers[what](seg);
        seg.Save(file);

        var held = Assert.IsType<GateVerdict.Held>(OutgoingGate.Check(file, source, labels, Organs.Eight));

        Assert.NotEmpty(held.Reason);
        Assert.DoesNotContain("Synthetic", held.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("P-2", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_good_seg_passes()
    {
        var (file, source, labels) = Good();

        Assert.IsType<GateVerdict.Passed>(OutgoingGate.Check(file, source, labels, Organs.Eight));
    }

    [Fact]
    public void A_seg_of_other_labels_than_those_in_memory_is_held_back()
    {
        var (file, source, labels) = Good();
        var other = labels.Labels.ToArray();
        // sizes and centres stay: two voxels left and right of the middle move by one each
        (other[Array.LastIndexOf(other, (byte)5)], other[Array.IndexOf(other, (byte)0)]) = (0, 5);

        var held = Assert.IsType<GateVerdict.Held>(
            OutgoingGate.Check(file, source, new LabelMap(source.Geometry, other), Organs.Eight));

        Assert.Contains("2 voxels", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_whose_meta_header_names_another_instance_is_held_back()
    {
        var (file, source, labels) = Good();
        var bytes = File.ReadAllBytes(file);
        var uid = DicomFile.Open(file).Dataset.GetString(DicomTag.SOPInstanceUID);
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(uid)) + uid.Length - 1;
        bytes[at] = bytes[at] == '1' ? (byte)'2' : (byte)'1';
        File.WriteAllBytes(file, bytes);

        var held = Assert.IsType<GateVerdict.Held>(OutgoingGate.Check(file, source, labels, Organs.Eight));

        Assert.Contains("meta header", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_is_held_back()
    {
        var (file, source, labels) = Good();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);

        Assert.IsType<GateVerdict.Held>(OutgoingGate.Check(file, source, labels, Organs.Eight));
    }

    private (string File, SourceSeries Source, LabelMap Labels) Good()
    {
        var source = Read.Volume(new SyntheticSeries().Write(_folder.File("source"))).Source;
        var labels = new byte[source.Geometry.VoxelCount];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = (byte)(i * 7 % 11 < 3 ? 5 : i % 5 == 0 ? 3 : 0);
        }
        var map = new LabelMap(source.Geometry, labels);
        var file = _folder.File("result.dcm");
        Assert.IsType<SegResult.Written>(SegWriter.Write(source, map, Organs.Eight, Organs.Model)).Save(file);
        return (file, source, map);
    }

    private static DicomDataset SourceSeriesItem(DicomFile file) =>
        file.Dataset.GetSequence(DicomTag.ReferencedSeriesSequence).Items[0];

    private static DicomSequence Listed(DicomFile file) =>
        SourceSeriesItem(file).GetSequence(DicomTag.ReferencedInstanceSequence);

    private static DicomDataset Frame(DicomFile file, int index) =>
        file.Dataset.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items[index];

    private static DicomDataset SourceImage(DicomFile file, int frame) =>
        Frame(file, frame).GetSequence(DicomTag.DerivationImageSequence).Items[0]
            .GetSequence(DicomTag.SourceImageSequence).Items[0];

    private static DicomDataset Shared(DicomFile file) =>
        file.Dataset.GetSequence(DicomTag.SharedFunctionalGroupsSequence).Items[0];

    private static DicomDataset Measures(DicomFile file) =>
        Shared(file).GetSequence(DicomTag.PixelMeasuresSequence).Items[0];

    private static DicomDataset Segment(DicomFile file, int index) =>
        file.Dataset.GetSequence(DicomTag.SegmentSequence).Items[index];

    /// <summary>Liver is the later of two segments, as in the list of organs.</summary>
    private static DicomDataset Type(DicomFile file, int index) =>
        Segment(file, 1 - index).GetSequence(DicomTag.SegmentedPropertyTypeCodeSequence).Items[0];

    private static void Position(DicomFile file, int frame, string text) =>
        Frame(file, frame).GetSequence(DicomTag.PlanePositionSequence).Items[0]
            .AddOrUpdate(DicomTag.ImagePositionPatient, text.Split('\\'));

    private static void Orientation(DicomFile file, string text) =>
        Shared(file).GetSequence(DicomTag.PlaneOrientationSequence).Items[0]
            .AddOrUpdate(DicomTag.ImageOrientationPatient, text.Split('\\'));

    private static void Reverse(DicomSequence sequence)
    {
        var items = sequence.Items.Reverse().ToList();
        sequence.Items.Clear();
        items.ForEach(sequence.Items.Add);
    }

    private static byte[] Bits(DicomFile file) =>
        file.Dataset.GetDicomItem<DicomElement>(DicomTag.PixelData)!.Buffer.Data;

    private static void Pixels(DicomFile file, Action<byte[]> change)
    {
        var bytes = (byte[])Bits(file).Clone();
        change(bytes);
        file.Dataset.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(bytes)));
    }
}
