using System.Security.Cryptography;
using System.Text;
using VMUNet.Data.Studies;

namespace VMUNet.Data.Tests.Studies;

/// <summary>Received instances for tests; every number gives another instance.</summary>
internal static class Arrivals
{
    public static ReceivedInstance Instance(string study, string series, int number, string? content = null, string? pixels = null) => new()
    {
        SopInstanceUid = $"{series}.{number}",
        SopClassUid = "1.2.840.10008.5.1.4.1.1.4",
        StudyInstanceUid = study,
        SeriesInstanceUid = series,
        TransferSyntaxUid = "1.2.840.10008.1.2.1",
        Path = $"spool/{Hash(content ?? $"{series}.{number}")}.dcm",
        ByteCount = 1000,
        FileSha256 = Hash(content ?? $"{series}.{number}"),
        PixelSha256 = Hash(pixels ?? $"pixels {series}.{number}"),
        PatientId = "P1",
        Modality = "MR",
        CallingAe = "SENDER",
        ImagePosition = [0, 0, number],
        ImageOrientation = [1, 0, 0, 0, 1, 0],
        InstanceNumber = number,
        Rows = 4,
        Columns = 4,
        QuietPeriod = TimeSpan.Zero,
    };

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
