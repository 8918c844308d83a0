using System.Text;
using VMUNet.Dimse;
using NetworkClasses = VMUNet.Dimse.SopClasses;

namespace VMUNet.Dicom;

/// <summary>What a query came to: matches as keyword and text, in the order they came.</summary>
/// <param name="Status">Final status of the peer.</param>
/// <param name="Matches">Each with every key that the peer filled, by keyword; empty values are left out.</param>
/// <param name="IsCut">True when there were more than the limit.</param>
public sealed record QueryResult(DimseStatus Status, IReadOnlyList<IReadOnlyDictionary<string, string>> Matches, bool IsCut);

/// <summary>C-FIND and C-MOVE in the Study Root model.</summary>
public static class QueryScu
{
    private static readonly Dictionary<QueryLevel, DicomTag[]> s_returned = new()
    {
        [QueryLevel.Study] =
        [
            DicomTag.StudyInstanceUID, DicomTag.PatientID, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber,
            DicomTag.StudyDescription, DicomTag.ModalitiesInStudy, DicomTag.NumberOfStudyRelatedSeries,
            DicomTag.NumberOfStudyRelatedInstances,
        ],
        [QueryLevel.Series] =
        [
            DicomTag.StudyInstanceUID, DicomTag.SeriesInstanceUID, DicomTag.Modality, DicomTag.SeriesNumber,
            DicomTag.SeriesDescription, DicomTag.BodyPartExamined, DicomTag.NumberOfSeriesRelatedInstances,
        ],
        [QueryLevel.Image] =
        [
            DicomTag.StudyInstanceUID, DicomTag.SeriesInstanceUID, DicomTag.SOPInstanceUID, DicomTag.SOPClassUID,
            DicomTag.InstanceNumber,
        ],
    };

    /// <summary>C-FIND.</summary>
    /// <param name="options">Whom to call; its contexts are replaced.</param>
    /// <param name="level">Level of the matches.</param>
    /// <param name="keys">Keys by keyword, such as PatientID or StudyDate, with values, wildcards or ranges.</param>
    /// <param name="limit">Matches after which the query is cancelled, at least 1.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    /// <exception cref="DimseClientException">No association, or a peer that offers no query.</exception>
    /// <exception cref="FormatException">A keyword that the dictionary does not know, or a value against its VR.</exception>
    public static async Task<QueryResult> FindAsync(DimseClientOptions options, QueryLevel level,
        IReadOnlyDictionary<string, string> keys, int limit, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var identifier = Keys(level, keys);
        foreach (var tag in s_returned[level].Where(t => !identifier.Contains(t)))
        {
            identifier.AddOrUpdate(tag, Array.Empty<string>());
        }
        await using var client = await DimseClient.ConnectAsync(options with { Contexts = Offers(NetworkClasses.StudyRootFind) }, ct);
        var syntax = client.SyntaxFor(NetworkClasses.StudyRootFind);
        var matches = new List<IReadOnlyDictionary<string, string>>();
        var status = await client.FindAsync(NetworkClasses.StudyRootFind, Identifier.ToBytes(identifier, syntax), limit + 1,
            bytes => matches.Add(Match(bytes, syntax)), ct);
        await client.ReleaseAsync(ct);
        return new QueryResult(status, [.. matches.Take(limit)], matches.Count > limit);
    }

    /// <summary>C-MOVE: the peer sends what the unique keys name to a title that it knows.</summary>
    /// <param name="options">Whom to call; its contexts are replaced.</param>
    /// <param name="level">Level of the keys.</param>
    /// <param name="keys">StudyInstanceUID, and down to the level SeriesInstanceUID and SOPInstanceUID.</param>
    /// <param name="destination">AE title to send to.</param>
    /// <param name="onProgress">Given the counts as they come.</param>
    /// <param name="ct">Cancels by aborting the association.</param>
    /// <returns>The final status: B000 where some objects were not sent.</returns>
    /// <exception cref="DimseClientException">No association, or a peer that offers no retrieval.</exception>
    /// <exception cref="FormatException">A keyword that the dictionary does not know, or a value against its VR.</exception>
    public static async Task<DimseStatus> MoveAsync(DimseClientOptions options, QueryLevel level,
        IReadOnlyDictionary<string, string> keys, string destination, Action<MoveProgress> onProgress, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(keys);
        var identifier = Keys(level, keys);
        await using var client = await DimseClient.ConnectAsync(options with { Contexts = Offers(NetworkClasses.StudyRootMove) }, ct);
        var bytes = Identifier.ToBytes(identifier, client.SyntaxFor(NetworkClasses.StudyRootMove));
        var status = await client.MoveAsync(NetworkClasses.StudyRootMove, bytes, destination, onProgress, ct);
        await client.ReleaseAsync(ct);
        return status;
    }

    private static List<PresentationContextOffer> Offers(string sopClass) => [new(sopClass, TransferSyntaxes.Native)];

    private static DicomDataset Keys(QueryLevel level, IReadOnlyDictionary<string, string> keys)
    {
        var identifier = new DicomDataset();
        if (keys.Values.Any(v => !Ascii.IsValid(v)))
        {
            identifier.AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192");
        }
        identifier.AddOrUpdate(DicomTag.QueryRetrieveLevel, level.ToString().ToUpperInvariant());
        foreach (var (keyword, value) in keys)
        {
            var tag = TagOf(keyword);
            try
            {
                // not validated: wildcards and ranges are no legal values of most VRs (PS3.4 C.2.2.2)
                identifier.NotValidated().AddOrUpdate(tag, value.Length == 0 ? [] : new[] { value });
            }
            catch (Exception e) when (e is DicomException or ArgumentException or FormatException or InvalidOperationException)
            {
                throw new FormatException($"The key {keyword} cannot be '{value}': {e.Message}", e);
            }
        }
        return identifier;
    }

    private static DicomTag TagOf(string keyword)
    {
        var tag = typeof(DicomTag).GetField(keyword)?.GetValue(null) as DicomTag;
        return tag ?? throw new FormatException($"'{keyword}' is no keyword of the DICOM dictionary, such as PatientID or StudyDate");
    }

    private static Dictionary<string, string> Match(byte[] bytes, string syntax)
    {
        try
        {
            return Texts(Identifier.FromBytes(bytes, syntax));
        }
        catch (Exception e) when (e is DicomException or ArgumentException or InvalidOperationException or IOException or FormatException)
        {
            throw new DimseClientException(DimseClientFault.ProtocolError, $"A match of the peer cannot be read: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Texts(DicomDataset match)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in match)
        {
            if (match.GetText(item.Tag) is { Length: > 0 } text)
            {
                texts[item.Tag.DictionaryEntry.Keyword] = text;
            }
        }
        return texts;
    }
}
