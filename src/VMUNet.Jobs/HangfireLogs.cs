using Hangfire.AspNetCore;
using Hangfire.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace VMUNet.Jobs;

/// <summary>
/// Hangfire's log provider is one for the whole process and outlives the host that set it. After that host has ended, another host of
/// the process must still be able to ask for a log: it gets one that writes nowhere, not an exception.
/// </summary>
internal sealed class HangfireLogs(ILoggerFactory factory) : ILogProvider
{
    private static readonly AspNetCoreLogProvider Silent = new(NullLoggerFactory.Instance);
    private readonly AspNetCoreLogProvider _inner = new(factory);

    public ILog GetLogger(string name)
    {
        try
        {
            return _inner.GetLogger(name);
        }
        catch (ObjectDisposedException)
        {
            return Silent.GetLogger(name);
        }
    }
}
