using System.Text;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>Character sets of (0008,0005). The Japanese, Korean and Chinese names are the examples of PS3.5 annexes H
/// to K.</summary>
public sealed class CharacterSetTests
{
    public static TheoryData<string, string, string> Names => new()
    {
        { "ISO_IR 100", "C46E6561735E52FC6469676572", "Äneas^Rüdiger" },
        { "ISO_IR 101", "57B36F646B61", "Włodka" },
        { "ISO_IR 109", "A661E66F", "Ĥaĉo" },
        { "ISO_IR 110", "F072E8", "đrč" },
        { "ISO_IR 126", "C4E9EFEDF5F3E9EFF2", "Διονυσιος" },
        { "ISO_IR 127", "E2C8C7E6EA5EE4E6D2C7D1", "قباني^لنزار" },
        { "ISO_IR 138", "F9F8E5EF5EE3E1E5F8E4", "שרון^דבורה" },
        { "ISO_IR 144", "BBEEDA63656DD179D3", "Люкcemбyг" },
        { "ISO_IR 148", "C7E16C", "Çál" },
        { "ISO_IR 166", "CAC1C8D1A1B4D4EC", "สมศักดิ์" },
        { "ISO_IR 13", "D4CFC0DE5EC0DBB3", "ﾔﾏﾀﾞ^ﾀﾛｳ" },
        { "ISO_IR 192", "57616E675E5869616F446F6E673DE78E8B5EE5B08FE4B89C", "Wang^XiaoDong=王^小东" },
        { "GB18030", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB", "Wang^XiaoDong=王^小东" },
        { "GBK", "5A68616E675E5869616F446F6E673DD5C55ED0A1B6AB", "Zhang^XiaoDong=张^小东" },
        {
            "\\ISO 2022 IR 87",
            "59616D6164615E5461726F753D1B24423B3345441B28425E1B244242404F3A1B28423D1B2442246424" +
            "5E24401B28425E1B2442243F246D24261B2842",
            "Yamada^Tarou=山田^太郎=やまだ^たろう"
        },
        {
            "ISO 2022 IR 13\\ISO 2022 IR 87",
            "D4CFC0DE5EC0DBB33D1B24423B3345441B284A5E1B244242404F3A1B284A3D1B24422464245E24401B284A5E1B2442243F246D24261B284A",
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"
        },
        { "\\ISO 2022 IR 159", "411B24284430221B2842", "A丄" },
        {
            "\\ISO 2022 IR 149",
            "486F6E675E47696C646F6E673D1B242943FBF35E1B242943D1CED4D73D1B242943C8AB5E1B242943B1E6B5BF",
            "Hong^Gildong=洪^吉洞=홍^길동"
        },
        {
            "\\ISO 2022 IR 58",
            "5A68616E675E5869616F446F6E673D1B242941D5C55E1B242941D0A1B6AB3D",
            "Zhang^XiaoDong=张^小东="
        },
        { "ISO 2022 IR 100\\ISO 2022 IR 126", "C46E6561735E1B2D46C4E9EF", "Äneas^Διο" },
        { "ISO 2022 IR 100\\ISO 2022 IR 126", "1B2D46C4611B2D41E9", "Δaé" },
        { "ISO 2022 IR 100\\ISO 2022 IR 87", "1B24423B331B2842E961", "山éa" },
        { "ISO 2022 IR 87", "1B24423B3345441B2842", "山田" },
    };

    [Theory]
    [InlineData("ISO 2022 IR 87", "59616D6164613D1B24423B3345441B2842", "Yamada=山田")]
    [InlineData("ISO 2022 IR 13\\ISO 2022 IR 87", "1B24423B3345441B284AC0DBB3", "山田ﾀﾛｳ")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 87", "1B24423B3345441B2842E9", "山田é")]
    [InlineData("\\ISO 2022 IR 149", "1B242943FBF31B284220D1CE", "洪 吉")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 126", "1B2D46C4C41B2842615EE9", "ΔΔa^é")]
    public void Escapes_change_one_half_of_the_code_table(string charset, string bytes, string name)
    {
        var dataset = Read(charset, Convert.FromHexString(bytes));

        Assert.Equal(name, dataset.GetString(DicomTag.PatientName));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_are_decoded(string charset, string bytes, string name)
    {
        var dataset = Read(charset, Convert.FromHexString(bytes));

        Assert.Equal(name, dataset.GetString(DicomTag.PatientName));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_that_are_set_read_back_the_same(string charset, string bytes, string name)
    {
        Assert.NotEmpty(bytes);
        var dataset = DicomFileTests.Sample(DicomTransferSyntax.ExplicitVRLittleEndian);
        dataset.AddOrUpdate(DicomTag.PatientName, name).AddOrUpdate(DicomTag.SpecificCharacterSet, charset.Split('\\'));
        dataset.GetSequence(DicomTag.ContentSequence).Items[0].Add(DicomTag.TextValue, name);
        using var stream = new MemoryStream();

        new DicomFile(dataset).Save(stream);
        stream.Position = 0;
        var read = DicomFile.Open(stream).Dataset;

        Assert.Equal(name, read.GetString(DicomTag.PatientName));
        Assert.Equal(name, read.GetSequence(DicomTag.ContentSequence).Items[0].GetString(DicomTag.TextValue));
    }

    [Fact]
    public void Bytes_that_were_read_are_written_as_they_came()
    {
        var bytes = Convert.FromHexString("59616D6164615E5461726F753D1B24423B3345441B28425E1B244242404F3A1B2842");
        var dataset = Read("\\ISO 2022 IR 87", bytes);
        using var stream = new MemoryStream();

        new DicomFile(dataset).Save(stream);

        Assert.True(stream.ToArray().AsSpan().IndexOf(bytes) > 0);
    }

    [Fact]
    public void Text_moved_to_a_data_set_in_another_character_set_is_encoded_anew()
    {
        var source = Read("ISO_IR 100", Convert.FromHexString("C46E656173"));
        var target = DicomFileTests.Sample(DicomTransferSyntax.ExplicitVRLittleEndian);
        target.AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192");

        source.CopyTo(target, DicomTag.PatientName);
        using var stream = new MemoryStream();
        new DicomFile(target).Save(stream);
        stream.Position = 0;

        Assert.Equal("Äneas", DicomFile.Open(stream).Dataset.GetString(DicomTag.PatientName));
    }

    [Fact]
    public void A_character_outside_the_set_is_not_lost_in_silence()
    {
        var dataset = DicomFileTests.Sample(DicomTransferSyntax.ExplicitVRLittleEndian);
        dataset.AddOrUpdate(DicomTag.PatientName, "Äneas");

        var e = Assert.Throws<DicomDataException>(() => new DicomFile(dataset).Save(Stream.Null));

        Assert.DoesNotContain("neas", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NO SUCH SET")]
    [InlineData("")]
    public void Unknown_and_empty_sets_are_read_with_replacement(string charset)
    {
        var dataset = Read(charset, [0x41, 0xC4, 0x42]);

        var name = dataset.GetString(DicomTag.PatientName);

        Assert.StartsWith("A", name, StringComparison.Ordinal);
        Assert.EndsWith("B", name, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fallback_encoding_serves_data_sets_without_a_character_set()
    {
        using var stream = new MemoryStream();
        new DicomFile(Read("", [0xC4])).Save(stream);
        stream.Position = 0;

        var dataset = DicomFile.Open(stream, Encoding.Latin1).Dataset;

        Assert.Equal("Ä", dataset.GetString(DicomTag.PatientName));
    }

    private static DicomDataset Read(string charset, byte[] name)
    {
        var dataset = DicomFileTests.Sample(DicomTransferSyntax.ExplicitVRLittleEndian).NotValidated();
        if (charset.Length > 0)
        {
            dataset.Add(DicomTag.SpecificCharacterSet, charset.Split('\\'));
        }

        dataset.Remove(DicomTag.PatientName);
        using var stream = new MemoryStream();
        dataset.Add(new DicomOtherByte(DicomTag.PatientName, new MemoryByteBuffer(name)));
        new DicomFile(dataset).Save(stream);
        // The bytes went in as OB; the header now says PN, as a modality would have written it.
        var bytes = stream.ToArray();
        var at = bytes.AsSpan().IndexOf("\u0010\0\u0010\0OB"u8);
        var length = bytes.AsSpan(at + 8, 2).ToArray();
        byte[] file = [.. bytes.AsSpan(0, at + 4), .. "PN"u8, .. length, .. bytes.AsSpan(at + 12)];
        return DicomFile.Open(new MemoryStream(file)).Dataset;
    }
}
