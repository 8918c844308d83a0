using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace VMUNet.Dicom;

/// <summary>UIDs under 2.25 (PS3.5 B.2): new ones, and ones that follow from a name.</summary>
internal static class Uids
{
    /// <summary>A new UID from a random UUID.</summary>
    public static string New() => DicomUIDGenerator.GenerateDerivedFromUUID().UID;

    /// <summary>The UID that belongs to a name: the same name always gives the same UID.</summary>
    public static string FromName(string name)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(name))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x80); // UUID version 8, RFC 9562: free use of a hash
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        return "2.25." + number.ToString(CultureInfo.InvariantCulture);
    }
}
