using System.Numerics;

namespace VMUNet.DicomToolkit;

/// <summary>Makes UIDs.</summary>
public class DicomUIDGenerator
{
    private readonly Dictionary<string, DicomUID> _replacements = [];

    /// <summary>"2.25." and a random UUID as a decimal number (PS3.5 section B.2).</summary>
    public static DicomUID GenerateDerivedFromUUID()
    {
        var number = new BigInteger(Guid.NewGuid().ToByteArray(bigEndian: true), isUnsigned: true, isBigEndian: true);
        return new DicomUID($"2.25.{number}", "SOP Instance UID", DicomUidType.SOPInstance);
    }

    /// <summary>A new UID for <paramref name="sourceUid"/>; the same one each time for the same source.</summary>
    public DicomUID Generate(DicomUID sourceUid)
    {
        ArgumentNullException.ThrowIfNull(sourceUid);
        if (!_replacements.TryGetValue(sourceUid.UID, out var uid))
        {
            uid = GenerateDerivedFromUUID();
            _replacements.Add(sourceUid.UID, uid);
        }

        return uid;
    }
}
