namespace VMUNet.Dimse.Tests;

public sealed class AeTitleTests
{
    [Theory]
    [InlineData("A", true)]
    [InlineData("STORE_SCP 1", true)]
    [InlineData("  PADDED        ", true)]
    [InlineData("SIXTEEN_LETTERS_", true)]
    [InlineData("SEVENTEEN_LETTERS", false)]
    [InlineData("", false)]
    [InlineData("                ", false)]
    [InlineData("BACK\\SLASH", false)]
    [InlineData("BELL\a", false)]
    [InlineData("ÜMLAUT", false)]
    public void A_title_has_1_to_16_printable_characters(string title, bool isValid) =>
        Assert.Equal(isValid, AeTitle.IsValid(title));

    [Fact]
    public void Nothing_but_printable_ASCII_reaches_a_log() => Assert.Equal("A?[31mB?", AeTitle.Escape("A\u001b[31mB\n"));

    [Theory]
    [InlineData("1.2.840.10008.1.1", true)]
    [InlineData("0", true)]
    [InlineData("1.0.2", true)]
    [InlineData("1.02", false)]
    [InlineData("1..2", false)]
    [InlineData(".1", false)]
    [InlineData("1.", false)]
    [InlineData("", false)]
    [InlineData("1.2/3", false)]
    [InlineData("1.2.3456789012345678901234567890123456789012345678901234567890123", false)]
    public void A_unique_identifier_has_digits_dots_and_no_leading_zeros(string uid, bool isValid) =>
        Assert.Equal(isValid, DicomUidRule.IsValid(uid));
}
