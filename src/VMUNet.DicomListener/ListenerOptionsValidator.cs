using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Ranges of single options; the rules that join several are in <see cref="ListenerOptionsRules"/>.</summary>
[OptionsValidator]
internal sealed partial class ListenerOptionsValidator : IValidateOptions<ListenerOptions>;

/// <summary>Rules that a wrong configuration breaks at start, all of them listed.</summary>
internal sealed class ListenerOptionsRules : IValidateOptions<ListenerOptions>
{
    public ValidateOptionsResult Validate(string? name, ListenerOptions options)
    {
        var faults = Faults(options).ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(ListenerOptions options)
    {
        foreach (var title in options.OurTitles.Concat(options.OurBatchTitles).Where(t => !AeTitle.IsValid(t)))
        {
            yield return $"Listener:AeTitles: \"{AeTitle.Escape(title)}\" is no AE title (1 to 16 printable characters, no backslash).";
        }

        foreach (var caller in options.AllowedCallers.Where(c => AllowedCaller.TryParse(c) is null))
        {
            yield return $"Listener:AllowedCallers: \"{caller}\" is none of AE, AE@ADDRESS, AE@cert:NAME.";
        }

        foreach (var uid in options.AdditionalSopClasses.Where(u => !DicomUidRule.IsValid(u)))
        {
            yield return $"Listener:AdditionalSopClasses: \"{uid}\" is no unique identifier.";
        }

        foreach (var title in options.Callers.Keys.Where(t => !AeTitle.IsValid(t)))
        {
            yield return $"Listener:Callers: \"{AeTitle.Escape(title)}\" is no AE title (1 to 16 printable characters, no backslash).";
        }

        foreach (var uid in options.Callers.Values.SelectMany(c => c.SopClasses).Where(u => !DicomUidRule.IsValid(u)))
        {
            yield return $"Listener:Callers: \"{uid}\" is no unique identifier.";
        }

        if (!IPAddress.TryParse(options.Bind, out var address))
        {
            yield return $"Listener:Bind: \"{options.Bind}\" is no IP address.";
        }
        else if (!IPAddress.IsLoopback(address) && !options.AllowPlain && options.TlsCertificate is null)
        {
            yield return $"Listener:Bind: plain DICOM on {address} needs --allow-plain (Listener:AllowPlain); TLS needs a certificate (--tls-cert).";
        }

        foreach (var uid in options.TransferSyntaxes.Where(u => !DicomUidRule.IsValid(u)))
        {
            yield return $"Listener:TransferSyntaxes: \"{uid}\" is no unique identifier.";
        }

        foreach (var fault in TlsFaults(options))
        {
            yield return fault;
        }

        foreach (var (key, value) in Durations(options).Where(d => d.Value <= TimeSpan.Zero))
        {
            yield return $"Listener:{key}: {value} is not a positive time.";
        }
    }

    private static IEnumerable<string> TlsFaults(ListenerOptions options)
    {
        if (options.TlsCertificate is null)
        {
            if (options.TlsKey is not null || options.TlsAuthorities is not null || options.TlsRevocationLists is not null)
            {
                yield return "Listener:TlsCertificate: a key, authorities or revocation lists are named, but no certificate.";
            }

            yield break;
        }

        if (options.TlsAuthorities is null && !options.TlsAnonymous)
        {
            yield return "Listener:TlsAuthorities: name the authorities of the callers' certificates (--tls-ca), or set TlsAnonymous.";
        }

        var trouble = Trouble(options);
        if (trouble is not null)
        {
            yield return $"Listener:TlsCertificate: {trouble}";
        }
    }

    private static string? Trouble(ListenerOptions options)
    {
        try
        {
            _ = ListenerTls.Credentials(options, null);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return e.Message;
        }
    }

    private static IEnumerable<(string Key, TimeSpan Value)> Durations(ListenerOptions o) =>
    [
        (nameof(o.AssociationTimeout), o.AssociationTimeout),
        (nameof(o.IdleTimeout), o.IdleTimeout),
        (nameof(o.WriteTimeout), o.WriteTimeout),
        (nameof(o.CloseTimeout), o.CloseTimeout),
        (nameof(o.RateWindow), o.RateWindow),
        (nameof(o.StudyQuietPeriod), o.StudyQuietPeriod),
        (nameof(o.QuietAfterRelease), o.QuietAfterRelease),
        (nameof(o.MaxWait), o.MaxWait),
        (nameof(o.CompletionPoll), o.CompletionPoll),
        (nameof(o.TlsHandshakeTimeout), o.TlsHandshakeTimeout),
        (nameof(o.DatabaseGrace), o.DatabaseGrace),
        (nameof(o.PulsePoll), o.PulsePoll),
        .. o.Callers.SelectMany(c => new[]
        {
            (Key: $"Callers:{c.Key}:{nameof(CallerOptions.StudyQuietPeriod)}", Value: c.Value.StudyQuietPeriod ?? o.StudyQuietPeriod),
            (Key: $"Callers:{c.Key}:{nameof(CallerOptions.QuietAfterRelease)}", Value: c.Value.QuietAfterRelease ?? o.QuietAfterRelease),
        }),
    ];
}
