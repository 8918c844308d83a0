using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>sRGB to the CIELab of RecommendedDisplayCIELabValue (PS3.3 C.10.7.1.1): D50 white, unsigned 16
/// bit.</summary>
internal static class DisplayColour
{
    /// <summary>L*, a*, b* as stored: L*65535/100, (a+128)*65535/255, (b+128)*65535/255.</summary>
    public static ushort[] ToCieLab(Rgb colour)
    {
        double r = Linear(colour.R), g = Linear(colour.G), b = Linear(colour.B);
        // sRGB (D65) to XYZ relative to D50, Bradford-adapted; then divided by the D50 white point
        var x = F((0.4360747 * r + 0.3850649 * g + 0.1430804 * b) / 0.9642200);
        var y = F(0.2225045 * r + 0.7168786 * g + 0.0606169 * b);
        var z = F((0.0139322 * r + 0.0971045 * g + 0.7141733 * b) / 0.8252100);
        return
        [
            Stored((116 * y - 16) * 65535 / 100),
            Stored((500 * (x - y) + 128) * 65535 / 255),
            Stored((200 * (y - z) + 128) * 65535 / 255),
        ];
    }

    private static double Linear(byte channel)
    {
        var c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    private static double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : (24389.0 / 27 * t + 16) / 116;

    private static ushort Stored(double value) => (ushort)Math.Clamp(Math.Round(value), 0, 65535);
}
