using System.CommandLine;
using System.Globalization;
using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary>The options by which <c>send</c> and <c>echo</c> name a DICOM node: HOST:PORT, --called, --calling.</summary>
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

    /// <exception cref="BadInputException">Not of the form HOST:PORT, or an illegal AE title.</exception>
    public Destination Of(ParseResult parsed, string hostAndPort)
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

    public string CallingAe(ParseResult parsed) => parsed.GetRequiredValue(Calling);
}
