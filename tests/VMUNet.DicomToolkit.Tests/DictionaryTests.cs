namespace VMUNet.DicomToolkit.Tests;

public sealed class DictionaryTests
{
    [Fact]
    public void Every_tag_field_has_an_entry_with_its_keyword()
    {
        var fields = typeof(DicomTag).GetFields().Where(f =>
            f.FieldType == typeof(DicomTag) && f.Name != "Unknown").ToArray();

        var faults = fields.Select(f => (f.Name, Entry: ((DicomTag)f.GetValue(null)!).DictionaryEntry))
            .Where(f => f.Name != f.Entry.Keyword + (f.Entry.IsRetired ? "RETIRED" : "")).Select(f => f.Name);

        Assert.True(fields.Length > 4800);
        Assert.Empty(faults);
    }

    [Fact]
    public void Repeating_groups_private_owners_and_group_lengths_are_known()
    {
        Assert.Equal("OverlayRows", new DicomTag(0x6002, 0x0010).DictionaryEntry.Keyword);
        Assert.Equal(DicomVR.LO, new DicomTag(0x0009, 0x0010).DictionaryEntry.ValueRepresentations[0]);
        Assert.Equal(DicomVR.UL, new DicomTag(0x0028, 0x0000).DictionaryEntry.ValueRepresentations[0]);
        Assert.Same(DicomDictionary.UnknownTag, new DicomTag(0x0009, 0x1010).DictionaryEntry);
    }

    [Theory]
    [InlineData("(0008,0060)")]
    [InlineData("0008,0060")]
    [InlineData("00080060")]
    [InlineData("Modality")]
    public void Tags_parse_from_numbers_and_keywords(string text)
    {
        Assert.Equal(DicomTag.Modality, DicomTag.Parse(text));
        Assert.Equal("(0008,0060)", DicomTag.Parse(text).ToString());
    }

    [Fact]
    public void What_is_no_tag_is_refused() => Assert.Throws<DicomDataException>(() => DicomTag.Parse("NoSuchKeyword"));

    [Theory]
    [InlineData("1.2.840.10008.1.1", true)]
    [InlineData("1.2..3", false)]
    [InlineData("1.2.03", false)]
    [InlineData("1.2.0", true)]
    [InlineData("1.2.", false)]
    [InlineData("", false)]
    [InlineData("1.2.a", false)]
    [InlineData("1.2.3456789012345678901234567890123456789012345678901234567890123", false)]
    public void Uids_are_judged_by_their_rules(string uid, bool isValid) =>
        Assert.Equal(isValid, DicomUID.IsValidUid(uid));

    [Fact]
    public void Made_uids_are_valid_and_differ()
    {
        var uids = Enumerable.Range(0, 100).Select(_ => DicomUIDGenerator.GenerateDerivedFromUUID().UID).ToArray();

        Assert.All(uids, u => Assert.True(DicomUID.IsValidUid(u) && u.StartsWith("2.25.", StringComparison.Ordinal)));
        Assert.Equal(uids.Length, uids.Distinct().Count());
        Assert.Equal("1.2.3.4", DicomUID.Append(new DicomUID("1.2.3", "", DicomUidType.Unknown), 4).UID);
    }

    [Fact]
    public void Storage_classes_have_their_category()
    {
        Assert.True(DicomUID.CTImageStorage.IsImageStorage);
        Assert.Equal(DicomStorageCategory.Volume, DicomUID.SegmentationStorage.StorageCategory);
        Assert.Equal(DicomStorageCategory.StructuredReport, DicomUID.Comprehensive3DSRStorage.StorageCategory);
        Assert.Equal(DicomStorageCategory.None, DicomUID.Verification.StorageCategory);
        Assert.Same(DicomUID.CTImageStorage, DicomUID.Parse("1.2.840.10008.5.1.4.1.1.2"));
    }

    [Fact]
    public void Transfer_syntaxes_say_how_they_are_laid_out()
    {
        Assert.False(DicomTransferSyntax.ImplicitVRLittleEndian.IsExplicitVR);
        Assert.True(DicomTransferSyntax.Parse("1.2.840.10008.1.2.4.91").IsLossy);
        Assert.True(DicomTransferSyntax.RLELossless is { IsEncapsulated: true, IsLossy: false });
        Assert.Equal(IO.Endian.Big, DicomTransferSyntax.ExplicitVRBigEndian.Endian);
        Assert.True(DicomTransferSyntax.Parse("1.2.840.10008.1.2.4.100").IsEncapsulated);
        Assert.Throws<DicomDataException>(() => DicomTransferSyntax.Lookup(DicomUID.CTImageStorage));
    }
}
