using System.CommandLine;
using System.Globalization;
using VMUNet.Dicom;
using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary>The options by which verbs that call name a DICOM node: HOST:PORT, --called, --calling, --tls.</summary>
internal sealed class DicomTarget
{
    public Option<string> Called { get; } = new("--called")
    {
        Description = "AE title to call.",
        DefaultValueFactory = _ => "ANY-SCP",
    };

    public Option<string> Calling { get; } = new("--calling")
    {
        Description = "AE title we give ourselves.",
        DefaultValueFactory = _ => "VMUNET",
    };

    private readonly TlsOptions _tls = new();

    public void AddTo(Command command)
    {
        command.Options.Add(Called);
        command.Options.Add(Calling);
        _tls.AddTo(command);
    }

    /// <summary>Everything that a call needs but its presentation contexts.</summary>
    /// <exception cref="BadInputException">Not of the form HOST:PORT, an illegal AE title, or unusable certificates.</exception>
    public DimseClientOptions OptionsOf(ParseResult parsed, string hostAndPort)
    {
        var destination = Of(parsed, hostAndPort);
        return new DimseClientOptions
        {
            Host = destination.Host,
            Port = destination.Port,
            CalledAe = destination.AeTitle,
            CallingAe = CallingAe(parsed),
            Tls = _tls.Of(parsed),
        };
    }

    /// <exception cref="BadInputException">Not of the form HOST:PORT, or an illegal AE title.</exception>
    private Destination Of(ParseResult parsed, string hostAndPort)
    {
        if (!hostAndPort.Contains(':', StringComparison.Ordinal))
        {
            throw new BadInputException($"'{hostAndPort}' is not of the form HOST:PORT");
        }

        try
        {
            return Destination.Parse(string.Create(
                CultureInfo.InvariantCulture, $"{hostAndPort}={parsed.GetRequiredValue(Called)}@{hostAndPort}"));
        }
        catch (FormatException wrong)
        {
            throw new BadInputException(wrong.Message, wrong);
        }
    }

    private string CallingAe(ParseResult parsed) => AeTitle.IsValid(parsed.GetRequiredValue(Calling))
        ? parsed.GetRequiredValue(Calling)
        : throw new BadInputException("--calling: an AE title has 1 to 16 printable characters without backslash");
}
