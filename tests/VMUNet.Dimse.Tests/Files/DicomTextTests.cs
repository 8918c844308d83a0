namespace VMUNet.Dimse.Tests;

/// <summary>The Japanese, Korean and Chinese names are the examples of PS3.5 annexes H to K.</summary>
public sealed class DicomTextTests
{
    [Theory]
    [InlineData("ISO_IR 100", "C46E656173", "Äneas")]
    [InlineData("ISO_IR 166", "CAC1C8D1A1", "สมศัก")]
    [InlineData("ISO_IR 192 ", "E78E8B", "王")]
    [InlineData("GB18030", "CDF55ED0A1", "王^小")]
    [InlineData("\\ISO 2022 IR 87", "59616D6164613D1B24423B3345441B28425E1B244242404F3A1B2842", "Yamada=山田^太郎")]
    [InlineData("ISO 2022 IR 13\\ISO 2022 IR 87", "D4CFC0DE3D1B24423B3345441B284AC0DB", "ﾔﾏﾀﾞ=山田ﾀﾛ")]
    [InlineData("ISO 2022 IR 87", "59616D6164613D1B24423B3345441B2842", "Yamada=山田")]
    [InlineData("\\ISO 2022 IR 159", "411B24284430221B2842", "A丄")]
    [InlineData("\\ISO 2022 IR 149", "486F6E673D1B242943FBF35E1B242943D1CED4D7", "Hong=洪^吉洞")]
    [InlineData("\\ISO 2022 IR 58", "5A68616E673D1B242941D5C55E1B242941D0A1B6AB3D", "Zhang=张^小东=")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 126", "C46E6561735E1B2D46C4E9EF5CE9", "Äneas^Διο\\é")]
    [InlineData("NO SUCH SET", "41C442", "A?B")]
    [InlineData("", "1B", "\u001b")]
    public void Text_is_decoded_by_its_character_sets(string charset, string bytes, string text) =>
        Assert.Equal(text, DicomText.Decode(Convert.FromHexString(bytes), charset));
}
