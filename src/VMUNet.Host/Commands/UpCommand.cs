using System.CommandLine;
using VMUNet.Dimse;
using VMUNet.Imaging;

namespace VMUNet.Host.Commands;

/// <summary><c>up</c>: runs the product until it is told to stop.</summary>
internal static class UpCommand
{
    public static Command Create(CommandRunner runner)
    {
        var roles = new Option<string>("--roles")
        {
            Description = "Parts to run in this process.",
            DefaultValueFactory = _ => "listener,worker,web",
        };
        var bind = new Option<string?>("--bind") { Description = "Address for DICOM and pages. Default: loopback." };
        var dicomPort = new Option<int?>("--dicom-port") { Description = "DICOM port; 0 takes a free one. Default: 11112." };
        var webPort = new Option<int?>("--web-port") { Description = "Port of the pages; 0 takes a free one. Default: 8080." };
        var allow = new Option<string[]>("--allow")
        {
            Description = "AE titles that may call, comma separated; AE@ADDRESS or AE@cert:NAME binds one. Default: any title on loopback.",
        };
        var destination = new Option<string[]>("--destination")
        {
            Description = "NAME=AE@HOST:PORT that gets results, ?tls at its end calls over TLS; may be repeated.",
        };
        var allowPlain = new Option<bool>("--allow-plain")
        {
            Description = "Allow DICOM without TLS on an address other than loopback.",
        };
        var tlsPort = new Option<int?>("--tls-port") { Description = "Port for DICOM over TLS; 0 takes a free one. Default: 2762." };
        var tlsCert = new Option<string?>("--tls-cert") { Description = "Our certificate with its chain, PEM: switches TLS on." };
        var tlsKey = new Option<string?>("--tls-key") { Description = "Its private key, PEM. Default: in the certificate's file." };
        var tlsCa = new Option<string?>("--tls-ca") { Description = "Authorities of the callers' certificates, PEM." };
        var tlsCrl = new Option<string?>("--tls-crl") { Description = "Their lists of withdrawn certificates, PEM." };
        var command = new Command("up", "Run the product: receive, segment, return, learn; pages on the web port.")
        {
            roles, DataFolder.Option, bind, dicomPort, webPort, allow, destination, allowPlain, tlsPort,
            tlsCert, tlsKey, tlsCa, tlsCrl,
        };
        return runner.On(command, async (parsed, ct) =>
        {
            var settings = new PacsSettings
            {
                DataFolder = DataFolder.Of(parsed),
                Roles = PacsSettings.ParseRoles(parsed.GetRequiredValue(roles)),
                Bind = Address(parsed.GetValue(bind)),
                DicomPort = Port(parsed.GetValue(dicomPort), "--dicom-port"),
                WebPort = Port(parsed.GetValue(webPort), "--web-port"),
                AllowPlain = parsed.GetValue(allowPlain),
                TlsPort = Port(parsed.GetValue(tlsPort), "--tls-port"),
                TlsFiles = new TlsFiles
                {
                    Certificate = parsed.GetValue(tlsCert),
                    Key = parsed.GetValue(tlsKey),
                    Authorities = parsed.GetValue(tlsCa),
                    RevocationLists = parsed.GetValue(tlsCrl),
                },
                AllowedCallers = [.. Words(parsed.GetValue(allow))],
                Destinations = [.. Words(parsed.GetValue(destination))],
            };
            await using (var pacs = await PacsHost.StartAsync(settings, ct))
            {
                runner.Terminal.Line(pacs.ReadyLine);
                await pacs.WaitAsync(ct);
            }

            return ExitCode.Done;
        });
    }

    private static IEnumerable<string> Words(string[]? given) => (given ?? [])
        .SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static string? Address(string? text) => text is null or "" ? null
        : text == "localhost" ? "127.0.0.1"
        : System.Net.IPAddress.TryParse(text, out _) ? text
        : throw new BadInputException($"--bind '{text}' is no IP address; give one such as 127.0.0.1 or 0.0.0.0");

    private static int? Port(int? port, string option) => port is null or (>= 0 and <= 65535)
        ? port
        : throw new BadInputException($"{option} {port} is no port; give 0 to 65535");
}
