using System.Globalization;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>What application code relies on; the same expectations hold for fo-dicom 5.</summary>
public sealed class DicomDatasetTests
{
    [Fact]
    public void Add_refuses_a_value_that_breaks_its_representation()
    {
        var dataset = new DicomDataset();

        Assert.Throws<DicomValidationException>(() => dataset.Add(DicomTag.Modality, "lower case"));
        Assert.Throws<DicomValidationException>(() => dataset.Add(DicomTag.SOPInstanceUID, "1.02.3"));
        Assert.Throws<DicomValidationException>(() => dataset.Add(DicomTag.StudyDate, "20260230"));
        Assert.Throws<DicomValidationException>(() => dataset.Add(DicomTag.SliceThickness, "1.23456789012345678"));
        Assert.Throws<DicomValidationException>(() => dataset.Add(DicomTag.SeriesDescription, new string('x', 65)));
        Assert.Throws<DicomValidationException>(() => dataset.Add(DicomTag.PixelSpacing, "1", "1", "1"));
        Assert.Empty(dataset);
    }

    [Fact]
    public void Not_validated_data_sets_take_such_values()
    {
        var dataset = new DicomDataset().NotValidated();

        dataset.Add(DicomTag.Modality, "lower case");

        Assert.Equal("lower case", dataset.GetString(DicomTag.Modality));
        Assert.Throws<DicomValidationException>(dataset.Validate);
    }

    [Fact]
    public void A_validation_message_does_not_hold_the_value()
    {
        var e = Assert.Throws<DicomValidationException>(() =>
            new DicomDataset().Add(DicomTag.PatientBirthDate, "Miller"));

        Assert.DoesNotContain("Miller", e.Message, StringComparison.Ordinal);
        Assert.Equal("Miller", e.Content);
        Assert.Equal(DicomVR.DA, e.VR);
    }

    [Fact]
    public void Add_of_a_tag_that_is_there_throws_and_AddOrUpdate_replaces()
    {
        var dataset = new DicomDataset().Add(DicomTag.Modality, "CT");

        Assert.Throws<ArgumentException>(() => dataset.Add(DicomTag.Modality, "MR"));
        dataset.AddOrUpdate(DicomTag.Modality, "MR");

        Assert.Equal("MR", dataset.GetSingleValue<string>(DicomTag.Modality));
    }

    [Fact]
    public void GetSingleValue_throws_for_none_and_for_several()
    {
        var dataset = new DicomDataset().Add(DicomTag.ImageType, "ORIGINAL", "PRIMARY").Add(DicomTag.PatientID, "");

        Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<string>(DicomTag.ImageType));
        Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<string>(DicomTag.PatientID));
        Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<string>(DicomTag.PatientName));
        Assert.Equal("-", dataset.GetSingleValueOrDefault(DicomTag.ImageType, "-"));
        Assert.False(dataset.TryGetSingleValue<string>(DicomTag.PatientID, out _));
    }

    [Fact]
    public void GetString_joins_with_backslash_and_is_empty_without_values()
    {
        var dataset = new DicomDataset().Add(DicomTag.ImageType, "ORIGINAL", "PRIMARY").Add(DicomTag.PatientID, "");

        Assert.Equal("ORIGINAL\\PRIMARY", dataset.GetString(DicomTag.ImageType));
        Assert.Equal("", dataset.GetString(DicomTag.PatientID));
        Assert.True(dataset.TryGetString(DicomTag.PatientID, out var empty));
        Assert.Equal("", empty);
        Assert.False(dataset.TryGetString(DicomTag.PatientName, out _));
        Assert.Equal(0, dataset.GetValueCount(DicomTag.PatientID));
    }

    [Fact]
    public void Values_are_trimmed_of_padding()
    {
        var bytes = new MemoryByteBuffer(" 1.5 \\2.5 "u8.ToArray());
        var dataset = new DicomDataset(new DicomDecimalString(DicomTag.PixelSpacing, bytes),
            new DicomUniqueIdentifier(DicomTag.SOPInstanceUID, new MemoryByteBuffer("1.2.3\0"u8.ToArray())));

        Assert.Equal(["1.5", "2.5"], dataset.GetValues<string>(DicomTag.PixelSpacing));
        Assert.Equal("1.2.3", dataset.GetSingleValue<DicomUID>(DicomTag.SOPInstanceUID).UID);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void Numbers_as_text_convert_in_any_culture(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            var dataset = new DicomDataset().Add(DicomTag.PixelSpacing, 0.7m, 1.25e-3m).Add(DicomTag.InstanceNumber,
                -7);

            Assert.Equal([0.7, 0.00125], dataset.GetValues<double>(DicomTag.PixelSpacing));
            Assert.Equal([0.7f, 0.00125f], dataset.GetValues<float>(DicomTag.PixelSpacing));
            Assert.Equal("0.7\\0.00125", dataset.GetString(DicomTag.PixelSpacing));
            Assert.Equal(-7, dataset.GetSingleValue<int>(DicomTag.InstanceNumber));
            Assert.Equal("-7", dataset.GetString(DicomTag.InstanceNumber));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("3.14159265358979323846", "3.14159265358979")]
    [InlineData("-123456789.123456789", "-123456789.12346")]
    [InlineData("0.00000000123456789012345", "1.2345678901E-09")]
    [InlineData("100", "100")]
    public void Decimals_fit_sixteen_characters(string number, string start)
    {
        var text = DicomDecimalString.ToDecimalString(decimal.Parse(number, CultureInfo.InvariantCulture));

        Assert.InRange(text.Length, 1, 16);
        var expected = double.Parse(start, CultureInfo.InvariantCulture);
        Assert.Equal(expected, double.Parse(text, CultureInfo.InvariantCulture), Math.Abs(expected) * 1e-9);
        DicomVR.DS.ValidateString(text);
    }

    [Fact]
    public void Values_that_do_not_suit_are_refused_by_name_of_type()
    {
        var dataset = new DicomDataset();

        var e = Assert.Throws<InvalidOperationException>(() => dataset.Add(DicomTag.Rows, 512));

        Assert.Contains("Int32", e.Message, StringComparison.Ordinal);
        dataset.Add(DicomTag.Rows, (ushort)512).Add(DicomTag.Columns, "256");
        Assert.Equal(512, dataset.GetSingleValue<int>(DicomTag.Rows));
        Assert.Equal(256, dataset.GetSingleValue<ushort>(DicomTag.Columns));
        Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<byte>(DicomTag.Rows));
    }

    [Fact]
    public void Tags_outside_the_dictionary_need_a_representation()
    {
        var dataset = new DicomDataset();

        Assert.Throws<DicomDataException>(() => dataset.Add(new DicomTag(0x0008, 0x7777), "x"));
        dataset.Add(DicomVR.LO, new DicomTag(0x0008, 0x7777), "x");

        Assert.Equal("x", dataset.GetString(new DicomTag(0x0008, 0x7777)));
    }

    [Fact]
    public void Items_are_enumerated_in_tag_order()
    {
        var dataset = new DicomDataset().Add(DicomTag.PixelData, (ushort)1).Add(DicomTag.Modality, "CT")
            .Add(DicomTag.PatientID, "1").Add(DicomTag.SOPClassUID, DicomUID.CTImageStorage);

        var keys = dataset.Select(i => (uint)i.Tag).ToArray();

        Assert.Equal(keys.Order(), keys);
        Assert.Equal(4, keys.Length);
    }

    [Fact]
    public void Private_tags_lie_in_the_block_of_their_owner()
    {
        var first = new DicomTag(0x0099, 0x0001, "FIRST");
        var second = new DicomTag(0x0099, 0x0001, "SECOND");
        var dataset = new DicomDataset().Add(DicomVR.LO, first, "a").Add(DicomVR.LO, second, "b");

        Assert.Equal("a", dataset.GetString(new DicomTag(0x0099, 0x1001)));
        Assert.Equal("b", dataset.GetString(new DicomTag(0x0099, 0x1101)));
        Assert.Equal("SECOND", dataset.GetString(new DicomTag(0x0099, 0x0011)));
        Assert.Equal("b", dataset.GetString(new DicomTag(0x0099, 0x0001, "SECOND")));
        Assert.False(dataset.Contains(new DicomTag(0x0099, 0x0001, "THIRD")));
    }

    [Fact]
    public void A_clone_has_sequences_of_its_own()
    {
        var item = new DicomDataset().Add(DicomTag.CodeValue, "1");
        var dataset = new DicomDataset().Add(DicomTag.ConceptNameCodeSequence, item);

        var clone = dataset.Clone();
        clone.GetSequence(DicomTag.ConceptNameCodeSequence).Items[0].AddOrUpdate(DicomTag.CodeValue, "2");

        Assert.Equal("1", item.GetString(DicomTag.CodeValue));
        Assert.Equal("2", clone.GetSequence(DicomTag.ConceptNameCodeSequence).Items[0].GetString(DicomTag.CodeValue));
    }

    [Fact]
    public void Sequences_are_told_from_values()
    {
        var dataset = new DicomDataset().Add(DicomTag.ConceptNameCodeSequence,
            new DicomDataset()).Add(DicomTag.Modality, "CT");

        Assert.Throws<DicomDataException>(() => dataset.GetString(DicomTag.ConceptNameCodeSequence));
        Assert.Throws<DicomDataException>(() => dataset.GetSequence(DicomTag.Modality));
        Assert.False(dataset.TryGetSequence(DicomTag.ReferencedSeriesSequence, out _));
        Assert.False(dataset.TryGetString(DicomTag.ConceptNameCodeSequence, out _));
        Assert.Single(dataset.GetSequence(DicomTag.ConceptNameCodeSequence).Items);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    public void Text_that_is_no_finite_number_does_not_convert(string text)
    {
        var dataset = new DicomDataset().NotValidated().Add(DicomTag.RescaleSlope, text);

        Assert.False(dataset.TryGetSingleValue<double>(DicomTag.RescaleSlope, out _));
        Assert.False(dataset.TryGetSingleValue<float>(DicomTag.RescaleSlope, out _));
        Assert.Throws<DicomDataException>(() => dataset.GetSingleValue<double>(DicomTag.RescaleSlope));
    }

    [Fact]
    public void Whole_decimals_convert_to_integers()
    {
        var dataset = new DicomDataset().Add(DicomTag.ExposureTimeInms, "512.0").Add(DicomTag.RescaleSlope, "0.5");

        Assert.Equal(512, dataset.GetSingleValue<int>(DicomTag.ExposureTimeInms));
        Assert.Equal((ushort)512, dataset.GetSingleValue<ushort>(DicomTag.ExposureTimeInms));
        Assert.False(dataset.TryGetSingleValue<int>(DicomTag.RescaleSlope, out _));
    }

    [Fact]
    public void Dates_and_times_convert()
    {
        var at = new DateTime(2026, 3, 4, 5, 6, 7, 890, DateTimeKind.Unspecified);
        var dataset = new DicomDataset().Add(DicomTag.StudyDate, at).Add(DicomTag.StudyTime, "050607.89")
            .Add(DicomTag.AcquisitionDateTime, "20260304050607.890000+0100");

        Assert.Equal("20260304", dataset.GetString(DicomTag.StudyDate));
        Assert.Equal(at, dataset.GetDateTime(DicomTag.StudyDate, DicomTag.StudyTime));
        Assert.Equal(at.Date, dataset.GetSingleValue<DateTime>(DicomTag.StudyDate));
        Assert.Equal(DateTime.MinValue, new DicomDataset().GetDateTime(DicomTag.StudyDate, DicomTag.StudyTime));
    }

    [Fact]
    public void Copies_only_tags_that_are_there()
    {
        var source = new DicomDataset().Add(DicomTag.PatientID, "1").Add(DicomTag.Modality, "CT");
        var target = new DicomDataset().Add(DicomTag.Modality, "SEG");

        source.CopyTo(target, DicomTag.PatientID, DicomTag.PatientName);

        Assert.Equal("1", target.GetString(DicomTag.PatientID));
        Assert.Equal("SEG", target.GetString(DicomTag.Modality));
        Assert.False(target.Contains(DicomTag.PatientName));
    }
}
