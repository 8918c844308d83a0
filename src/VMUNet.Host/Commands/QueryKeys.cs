using System.CommandLine;
using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary>The options by which <c>find</c> and <c>move</c> say what they mean: --level, --study, --series, --instance, --key.</summary>
internal sealed class QueryKeys
{
    private readonly Option<string> _level = new("--level")
    {
        Description = "study, series or image.",
        DefaultValueFactory = _ => "study",
    };

    private readonly Option<string?> _study = new("--study") { Description = "Study Instance UID." };

    private readonly Option<string?> _series = new("--series") { Description = "Series Instance UID." };

    private readonly Option<string?> _instance = new("--instance") { Description = "SOP Instance UID." };

    private readonly Option<string[]> _keys = new("--key")
    {
        Description = "KEYWORD=VALUE, such as PatientID=123, StudyDate=20260101-20260131, Modality=MR; KEYWORD= asks for its value.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_level, _study, _series, _instance, _keys])
        {
            command.Options.Add(option);
        }
    }

    public static string NameOf(QueryLevel level) => level.ToString().ToLowerInvariant();

    /// <exception cref="BadInputException">An unknown level.</exception>
    public QueryLevel LevelOf(ParseResult parsed) => parsed.GetRequiredValue(_level).ToLowerInvariant() switch
    {
        "study" => QueryLevel.Study,
        "series" => QueryLevel.Series,
        "image" or "instance" => QueryLevel.Image,
        var other => throw new BadInputException($"--level '{other}' is none of study, series, image"),
    };

    /// <exception cref="BadInputException">A key that is not of the form KEYWORD=VALUE.</exception>
    public Dictionary<string, string> Of(ParseResult parsed)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in parsed.GetValue(_keys) ?? [])
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            keys[equals > 0 ? text[..equals] : throw new BadInputException($"--key '{text}' is not of the form KEYWORD=VALUE")] =
                text[(equals + 1)..];
        }

        Put(keys, "StudyInstanceUID", parsed.GetValue(_study));
        Put(keys, "SeriesInstanceUID", parsed.GetValue(_series));
        Put(keys, "SOPInstanceUID", parsed.GetValue(_instance));
        return keys;
    }

    private static void Put(Dictionary<string, string> keys, string keyword, string? value)
    {
        if (value is not null)
        {
            keys[keyword] = value;
        }
    }
}
