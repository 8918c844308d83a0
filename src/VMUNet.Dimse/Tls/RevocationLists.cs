using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace VMUNet.Dimse;

/// <summary>
/// Certificates that their authorities have withdrawn (RFC 5280 section 5), from one file of full lists, PEM or one in DER.
/// Each list must be signed by an authority that we were given; nothing is fetched.
/// </summary>
internal sealed class RevocationLists
{
    private static readonly Dictionary<string, HashAlgorithmName> s_rsa = new()
    {
        ["1.2.840.113549.1.1.11"] = HashAlgorithmName.SHA256,
        ["1.2.840.113549.1.1.12"] = HashAlgorithmName.SHA384,
        ["1.2.840.113549.1.1.13"] = HashAlgorithmName.SHA512,
    };

    private static readonly Dictionary<string, HashAlgorithmName> s_ecdsa = new()
    {
        ["1.2.840.10045.4.3.2"] = HashAlgorithmName.SHA256,
        ["1.2.840.10045.4.3.3"] = HashAlgorithmName.SHA384,
        ["1.2.840.10045.4.3.4"] = HashAlgorithmName.SHA512,
    };

    // Of the issuer's name and the serial number, both as encoded.
    private readonly HashSet<(string Issuer, string Serial)> _withdrawn = [];

    /// <summary>When the first of the lists should have a successor; null when none says so.</summary>
    public DateTimeOffset? NextUpdate { get; private set; }

    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    /// <exception cref="CryptographicException">It holds no list, or one that no authority of ours has signed.</exception>
    public static RevocationLists Load(string path, X509Certificate2Collection authorities)
    {
        var lists = new RevocationLists();
        try
        {
            foreach (var list in Encoded(path))
            {
                lists.Add(list, path, authorities);
            }
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException($"{path} holds no revocation list: {e.Message}", e);
        }

        return lists;
    }

    /// <summary>True when the certificate's issuer has withdrawn it.</summary>
    public bool IsWithdrawn(X509Certificate2 certificate) => _withdrawn.Contains(
        (Convert.ToHexString(certificate.IssuerName.RawData), Convert.ToHexString(certificate.SerialNumberBytes.Span)));

    private static List<byte[]> Encoded(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var text = System.Text.Encoding.Latin1.GetString(bytes);
        if (!text.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            return [bytes];
        }

        var found = new List<byte[]>();
        for (var rest = text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label] is "X509 CRL")
            {
                found.Add(Convert.FromBase64String(rest[fields.Base64Data].ToString()));
            }
        }

        return found.Count > 0 ? found : throw new CryptographicException($"{path} holds no revocation list.");
    }

    private void Add(byte[] encoded, string path, X509Certificate2Collection authorities)
    {
        var outer = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
        var signed = outer.PeekEncodedValue();
        var list = outer.ReadSequence();
        var algorithm = outer.ReadSequence().ReadObjectIdentifier();
        var signature = outer.ReadBitString(out _);
        if (list.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
        {
            list.ReadInteger();
        }

        list.ReadSequence(); // the algorithm again, inside what is signed
        var issuer = list.ReadEncodedValue();
        if (!authorities.Any(a => a.SubjectName.RawData.AsSpan().SequenceEqual(issuer.Span)
            && HasSigned(a, algorithm, signed.Span, signature)))
        {
            throw new CryptographicException($"{path} holds a list that none of the authorities has signed.");
        }

        ReadTime(list);
        if (list.HasData && IsTime(list.PeekTag()))
        {
            var next = ReadTime(list);
            NextUpdate = NextUpdate is { } earlier && earlier < next ? earlier : next;
        }

        if (list.HasData && list.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            AddEntries(list.ReadSequence(), Convert.ToHexString(issuer.Span));
        }

        if (list.HasData)
        {
            RefuseUnknown(list.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence(), path);
        }
    }

    private void AddEntries(AsnReader entries, string issuer)
    {
        while (entries.HasData)
        {
            _withdrawn.Add((issuer, Convert.ToHexString(entries.ReadSequence().ReadIntegerBytes().Span)));
        }
    }

    // A list that covers a part only, or changes another one, says so in a critical extension.
    private static void RefuseUnknown(AsnReader extensions, string path)
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var oid = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                throw new CryptographicException($"{path} holds a list with the critical extension {oid}; only full lists are read.");
            }
        }
    }

    private static bool HasSigned(X509Certificate2 authority, string algorithm, ReadOnlySpan<byte> list, byte[] signature)
    {
        if (s_rsa.TryGetValue(algorithm, out var hash))
        {
            using var rsa = authority.GetRSAPublicKey();
            return rsa?.VerifyData(list, signature, hash, RSASignaturePadding.Pkcs1) ?? false;
        }

        using var ecdsa = authority.GetECDsaPublicKey();
        return s_ecdsa.TryGetValue(algorithm, out hash)
            && (ecdsa?.VerifyData(list, signature, hash, DSASignatureFormat.Rfc3279DerSequence) ?? false);
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static DateTimeOffset ReadTime(AsnReader list) =>
        list.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? list.ReadUtcTime() : list.ReadGeneralizedTime();
}
