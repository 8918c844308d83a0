using System.Security.Cryptography;
using System.Text;
using VMUNet.Data.Server;

namespace VMUNet.Data.Studies;

/// <summary>
/// Keyed hash that stands for a patient in every row: HMAC-SHA256(site key, issuer + NUL + patient id), hex. The key is
/// made once in the data folder (keys/site.key, owner only) and never leaves it.
/// </summary>
public sealed class PatientKeys
{
    private readonly byte[] _siteKey;

    /// <summary>Reads or makes the site key under <paramref name="dataFolder"/>.</summary>
    public PatientKeys(string dataFolder)
    {
        string folder = Path.Combine(dataFolder, "keys");
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _siteKey = Convert.FromHexString(PrivateFile.ReadOrCreate(
            Path.Combine(folder, "site.key"), () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32))));
    }

    /// <summary>The patient's key. An object without a patient id belongs to a patient of its own study.</summary>
    public string KeyOf(string issuer, string patientId, string studyInstanceUid)
    {
        string identity = patientId.Trim().Length > 0
            ? $"{issuer.Trim()}\0{patientId.Trim()}"
            : $"\0\0{studyInstanceUid}";
        return Convert.ToHexStringLower(HMACSHA256.HashData(_siteKey, Encoding.UTF8.GetBytes(identity)));
    }

    /// <summary>The patient's bucket, 0 to 99, from which the split is drawn (uniform to within 100 / 2^32).</summary>
    public int BucketOf(string patientKey)
    {
        byte[] hash = HMACSHA256.HashData(_siteKey, Encoding.ASCII.GetBytes("split\0" + patientKey));
        return (int)(System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(hash) % 100);
    }
}
