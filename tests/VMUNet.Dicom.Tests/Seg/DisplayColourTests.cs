using VMUNet.Imaging;

namespace VMUNet.Dicom.Tests.Seg;

public sealed class DisplayColourTests
{
    // values of the house palette, made with an independent colour library
    [Theory]
    [InlineData(230, 25, 75, 33010, 51807, 40590)]
    [InlineData(60, 180, 75, 42652, 19835, 43802)]
    [InlineData(0, 130, 200, 33601, 30231, 21209)]
    [InlineData(70, 240, 240, 56726, 21614, 29504)]
    [InlineData(170, 110, 40, 34157, 38084, 45003)]
    [InlineData(255, 225, 25, 58976, 32460, 54946)]
    [InlineData(145, 30, 180, 24797, 48525, 18839)]
    [InlineData(240, 50, 230, 38326, 54001, 20190)]
    [InlineData(245, 130, 48, 43842, 43493, 48725)]
    public void Srgb_becomes_d50_cielab_in_16_bits(byte r, byte g, byte b, int lightness, int a, int bb)
    {
        var lab = DisplayColour.ToCieLab(new Rgb(r, g, b));

        Assert.InRange(lab[0] - lightness, -3, 3);
        Assert.InRange(lab[1] - a, -3, 3);
        Assert.InRange(lab[2] - bb, -3, 3);
    }
}
