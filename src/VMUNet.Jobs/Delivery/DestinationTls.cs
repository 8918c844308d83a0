using Microsoft.Extensions.Options;
using VMUNet.Dicom;

namespace VMUNet.Jobs.Delivery;

/// <summary>Our certificates towards destinations, read on first use and again when their files change.</summary>
public sealed class DestinationTls(IOptions<JobsOptions> options)
{
    // A failure is not kept: files that are being replaced are there at the next call.
    private readonly Lazy<CallingTls?> _calling = new(() => CallingTls.Of(
        options.Value.TlsCertificate, options.Value.TlsKey, options.Value.TlsAuthorities), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Null where nothing is configured: the system's authorities, and no certificate of ours.</summary>
    public CallingTls? Credentials => _calling.Value;
}
