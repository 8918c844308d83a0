using System.Security.Cryptography;
using CsCheck;

namespace VMUNet.Dimse.Tests;

public sealed class DataSetSkimmerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Values_of_the_top_level_and_the_pixel_digest_are_kept(bool isExplicit)
    {
        var header = Complete(DataSetBytes.Instance(isExplicit: isExplicit, description: "Köpf", z: -12.5), isExplicit);

        Assert.Equal(SopClasses.MrImage, header.Text(SkimTags.SopClassUid));
        Assert.Equal("1.2.3.4", header.Text(SkimTags.SopInstanceUid));
        Assert.Equal("Köpf", header.Text(SkimTags.SeriesDescription));
        Assert.Equal(new[] { 1.5, -2, -12.5 }, header.Decimals(SkimTags.ImagePositionPatient, 3)!);
        Assert.Equal(4, header.Number(SkimTags.Rows));
        Assert.Equal(1, header.WholeNumber(SkimTags.InstanceNumber));
        Assert.Null(header.WholeNumber(SkimTags.NumberOfFrames));
        Assert.Equal(Sha(Enumerable.Repeat((byte)7, 32)), header.PixelSha256);
    }

    [Fact]
    public void However_the_bytes_are_cut_the_result_is_the_same()
    {
        var bytes = Nested(3).Concat(DataSetBytes.Instance()).ToArray();
        var whole = Complete(bytes, isExplicit: true);

        Gen.Int[1, 40].Array[1, 30].Sample(cuts =>
        {
            using var skimmer = new DataSetSkimmer(TransferSyntaxes.ExplicitLittleEndian, new SkimLimits());
            var at = 0;
            for (var i = 0; at < bytes.Length; i++)
            {
                var count = Math.Min(cuts[i % cuts.Length], bytes.Length - at);
                skimmer.Append(bytes.AsSpan(at, count));
                at += count;
            }

            var cut = Assert.IsType<SkimResult.Complete>(skimmer.Complete()).Header;
            return cut.PixelSha256 == whole.PixelSha256 && cut.Text(SkimTags.SopInstanceUid) == "1.2.3.4";
        }, iter: 200);
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        var bytes = Nested(2).Concat(DataSetBytes.Instance()).ToArray();
        var boundaries = 0;
        for (var length = 1; length < bytes.Length; length++)
        {
            var result = Skim(bytes[..length], isExplicit: true);
            if (result is SkimResult.Complete)
            {
                boundaries++;
            }
            else
            {
                Assert.Equal(SkimFault.Truncated, Assert.IsType<SkimResult.Refused>(result).Fault);
            }
        }

        // A cut between two top-level elements leaves a legal, shorter data set: one such place after each but the last.
        Assert.Equal(15, boundaries);
    }

    [Fact]
    public void Encapsulated_pixels_are_hashed_without_their_offset_table()
    {
        var bytes = new DataSetBytes(true)
            .Header(0x7FE00010, "OB", DataSetBytes.Undefined)
            .Item(4).Raw([0, 0, 0, 0])
            .Item(2).Raw([1, 2])
            .Item(4).Raw([3, 4, 5, 6])
            .SequenceEnd()
            .ToArray();

        var header = Assert.IsType<SkimResult.Complete>(
            DataSetSkimmer.Skim(new MemoryStream(bytes), TransferSyntaxes.RleLossless, new SkimLimits())).Header;

        Assert.Equal(Sha([1, 2, 3, 4, 5, 6]), header.PixelSha256);
        Assert.Equal(6, header.PixelBytes);
        Assert.Equal(SkimFault.MalformedHeader, Assert.IsType<SkimResult.Refused>(Skim(bytes, isExplicit: true)).Fault);
    }

    [Fact]
    public void A_long_value_is_kept_by_its_first_bytes_only()
    {
        var bytes = new DataSetBytes(true)
            .Header(0x00080070, "LO", 60_000).Raw([.. Enumerable.Repeat((byte)'x', 60_000)])
            .Header(0x00081030, "UT", 3_000_000).Raw(new byte[3_000_000])
            .Text(0x0020000D, "UI", "1.9")
            .ToArray();

        var header = Complete(bytes, isExplicit: true);

        Assert.Equal(new string('x', new SkimLimits().MaxValueBytes), header.Text(SkimTags.Manufacturer));
        Assert.Equal("1.9", header.Text(SkimTags.StudyInstanceUid));
        Assert.Equal(bytes.Length, header.Length);
    }

    [Fact]
    public void An_unknown_VR_of_undefined_length_is_read_as_an_implicit_sequence()
    {
        var inner = new DataSetBytes(false).Text(0x00080100, "SH", "CODE").ToArray();
        var bytes = new DataSetBytes(true)
            .Header(0x00091010, "UN", DataSetBytes.Undefined)
            .Item(DataSetBytes.Undefined).Raw(inner).ItemEnd()
            .SequenceEnd()
            .Text(0x0020000D, "UI", "1.9")
            .ToArray();

        Assert.Equal("1.9", Complete(bytes, isExplicit: true).Text(SkimTags.StudyInstanceUid));
    }

    [Fact]
    public void Values_inside_a_sequence_are_not_taken_for_the_instance_s_own()
    {
        var inner = new DataSetBytes(true).Text(0x00080018, "UI", "9.9").ToArray();
        var bytes = new DataSetBytes(true)
            .Text(0x00080018, "UI", "1.2")
            .Header(0x00081140, "SQ", (uint)inner.Length + 8).Item((uint)inner.Length).Raw(inner)
            .ToArray();

        Assert.Equal("1.2", Complete(bytes, isExplicit: true).Text(SkimTags.SopInstanceUid));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Sequences_nest_32_deep_and_no_deeper(int depth, bool isLegal)
    {
        var result = Skim(Nested(depth), isExplicit: true);

        Assert.Equal(isLegal, result is SkimResult.Complete);
        if (!isLegal)
        {
            Assert.Equal(SkimFault.TooDeep, Assert.IsType<SkimResult.Refused>(result).Fault);
        }
    }

    public static TheoryData<string, byte[], SkimFault> Broken() => new()
    {
        { "element longer than its item", Item(new DataSetBytes(true).Header(0x00080100, "SH", 99).Raw(new byte[4])), SkimFault.LengthBeyondParent },
        { "item longer than its sequence", new DataSetBytes(true).Header(0x00081140, "SQ", 8).Item(500).ToArray(), SkimFault.LengthBeyondParent },
        { "group 0002", new DataSetBytes(true).Text(0x00020010, "UI", "1.2").ToArray(), SkimFault.ForbiddenGroup },
        { "group 0000", new DataSetBytes(true).Element(0, "UL", new byte[4]).ToArray(), SkimFault.ForbiddenGroup },
        { "no VR", new DataSetBytes(true).Header(0x00080060, "a?", 2).Raw(new byte[2]).ToArray(), SkimFault.MalformedHeader },
        { "delimiter outside a sequence", new DataSetBytes(true).SequenceEnd().ToArray(), SkimFault.MalformedHeader },
        { "item outside a sequence", new DataSetBytes(true).Item(0).ToArray(), SkimFault.MalformedHeader },
        { "element in place of an item", new DataSetBytes(true).Header(0x00081140, "SQ", DataSetBytes.Undefined).Text(0x00080100, "SH", "A").ToArray(), SkimFault.MalformedHeader },
        { "undefined length of a text", new DataSetBytes(true).Header(0x00080100, "UT", DataSetBytes.Undefined).ToArray(), SkimFault.MalformedHeader },
        { "instance UID twice", new DataSetBytes(true).Text(0x00080018, "UI", "1.2").Text(0x00080018, "UI", "1.3").ToArray(), SkimFault.DuplicateElement },
        { "pixel data twice", new DataSetBytes(true).Element(0x7FE00010, "OW", new byte[4]).Element(0x7FE00010, "OW", new byte[4]).ToArray(), SkimFault.DuplicateElement },
        { "pixels as integers and as numbers", new DataSetBytes(true).Element(0x7FE00009, "OD", new byte[8]).Element(0x7FE00010, "OW", new byte[4]).ToArray(), SkimFault.DuplicateElement },
        { "missing delimiter", new DataSetBytes(true).Header(0x00081140, "SQ", DataSetBytes.Undefined).Item(0).ToArray(), SkimFault.Truncated },
        { "4 GB text", new DataSetBytes(true).Header(0x00080100, "UT", 0xFFFF_FFFE).Raw(new byte[10]).ToArray(), SkimFault.Truncated },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_data_set_is_refused_with_its_fault(string what, byte[] bytes, SkimFault fault)
    {
        var refused = Assert.IsType<SkimResult.Refused>(Skim(bytes, isExplicit: true));

        Assert.True(refused.Fault == fault, $"{what}: {refused.Detail}");
    }

    [Fact]
    public void Counts_over_their_limits_are_refused()
    {
        var limits = new SkimLimits { MaxElements = 5, MaxItems = 3 };
        var elements = new DataSetBytes(true);
        var items = new DataSetBytes(true).Header(0x00081140, "SQ", DataSetBytes.Undefined);
        for (uint i = 0; i < 6; i++)
        {
            elements.Text(0x00090010 + i, "LO", "A");
            items.Item(0);
        }

        Assert.Equal(SkimFault.TooManyElements, Fault(elements.ToArray(), limits));
        Assert.Equal(SkimFault.TooManyItems, Fault(items.ToArray(), limits));
    }

    [Fact]
    public void Any_bytes_give_a_result() =>
        Gen.Byte.Array[0, 4_000].Select(Gen.Bool).Sample((bytes, isExplicit) =>
        {
            _ = Skim(bytes, isExplicit);
            return true;
        }, iter: 2_000);

    [Fact]
    public void Any_damage_to_a_legal_data_set_gives_a_result()
    {
        var legal = Nested(4).Concat(DataSetBytes.Instance()).ToArray();
        Gen.Select(Gen.Int[0, legal.Length - 1], Gen.Byte).Array[1, 6].Sample(damage =>
        {
            var bytes = legal.ToArray();
            foreach (var (at, value) in damage)
            {
                bytes[at] = value;
            }

            _ = Skim(bytes, isExplicit: true);
            return true;
        }, iter: 2_000);
    }

    private static byte[] Nested(int depth)
    {
        var bytes = new DataSetBytes(true);
        for (var i = 0; i < depth; i++)
        {
            bytes.Header(0x0007_1140, "SQ", DataSetBytes.Undefined).Item(DataSetBytes.Undefined);
        }

        for (var i = 0; i < depth; i++)
        {
            bytes.ItemEnd().SequenceEnd();
        }

        return bytes.ToArray();
    }

    private static byte[] Item(DataSetBytes content)
    {
        var inner = content.ToArray();
        return new DataSetBytes(true)
            .Header(0x00081140, "SQ", (uint)inner.Length + 8).Item((uint)inner.Length).Raw(inner).ToArray();
    }

    private static SkimFault Fault(byte[] bytes, SkimLimits limits) => Assert.IsType<SkimResult.Refused>(
        DataSetSkimmer.Skim(new MemoryStream(bytes), TransferSyntaxes.ExplicitLittleEndian, limits)).Fault;

    private static SkimmedHeader Complete(byte[] bytes, bool isExplicit)
    {
        var result = Skim(bytes, isExplicit);
        return result is SkimResult.Complete complete
            ? complete.Header
            : throw new InvalidOperationException(((SkimResult.Refused)result).Detail);
    }

    private static SkimResult Skim(byte[] bytes, bool isExplicit) => DataSetSkimmer.Skim(
        new MemoryStream(bytes),
        isExplicit ? TransferSyntaxes.ExplicitLittleEndian : TransferSyntaxes.ImplicitLittleEndian,
        new SkimLimits());

    private static string Sha(IEnumerable<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()));
}
