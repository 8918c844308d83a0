using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using VMUNet.Data;
using VMUNet.Data.Network;
using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>
/// Once a poll: writes down who was turned away, reads what people decided, and feels how much the product can take. A
/// database that is away keeps what was read last; past the grace it is pressure, and when it is back that ends by itself.
/// </summary>
internal sealed class ListenerPulse(
    CallerBook book,
    IntakeLoad load,
    InstanceSpool spool,
    ListenerOptions options,
    TimeProvider time,
    ILogger<ListenerPulse> logger) : BackgroundService
{
    // Between two polls; a flood of titles beyond it is only counted.
    private const int MostNoted = 500;

    private readonly ConcurrentDictionary<(string Title, string Address), RejectedCaller> _rejected = new();
    private long _awaySince;
    private long _waiting;
    private string? _told;

    /// <summary>What people decided, as last read.</summary>
    public CallerRules Rules { get; private set; } = CallerRules.None;

    /// <summary>Why nothing more can be taken at the moment; null when it can.</summary>
    public string? Pressure
    {
        get
        {
            if (!spool.HasRoom)
            {
                return "disk space is below its reserve";
            }

            if (Volatile.Read(ref _waiting) is var waiting && waiting > options.MaxWaitingSeries)
            {
                return $"{waiting} series wait for work, more than {options.MaxWaitingSeries}";
            }

            return Volatile.Read(ref _awaySince) is > 0 and var since && time.GetElapsedTime(since) > options.DatabaseGrace
                ? "the database is away"
                : null;
        }
    }

    /// <summary>Remembers a caller that was turned away, until the next beat writes it.</summary>
    public void TurnedAway(AssociationRequest request, string why)
    {
        var key = (request.CallingAe, request.RemoteAddress.ToString());
        if (!AeTitle.IsValid(request.CallingAe) || (_rejected.Count >= MostNoted && !_rejected.ContainsKey(key)))
        {
            return;
        }

        var now = new RejectedCaller(
            request.CallingAe, key.Item2, AeTitle.Escape(request.CalledAe), CertificateOf(request), why, 1, time.GetUtcNow());
        _rejected.AddOrUpdate(key, now, (_, before) => now with { Attempts = before.Attempts + 1 });
    }

    /// <summary>One beat; a database that is away is told once and waited for.</summary>
    public async Task BeatAsync(CancellationToken ct)
    {
        var noted = _rejected.Keys.Select(k => _rejected.TryRemove(k, out var caller) ? caller : null).OfType<RejectedCaller>().ToList();
        try
        {
            if (noted.Count > 0)
            {
                await NoteAsync(noted, ct);
                noted.Clear();
            }

            Rules = CallerRules.Of(await book.RulesAsync(ct));
            Volatile.Write(ref _waiting, await load.WaitingSeriesAsync(ct));
            Volatile.Write(ref _awaySince, 0);
        }
        catch (DatabaseUnavailableException e)
        {
            Interlocked.CompareExchange(ref _awaySince, Math.Max(1, time.GetTimestamp()), 0);
            Log.DatabaseAway(logger, e.Message);
        }
        finally
        {
            noted.ForEach(c => _rejected.AddOrUpdate(
                (c.AeTitle, c.Binding), c, (_, later) => later with { Attempts = later.Attempts + c.Attempts }));
        }

        Tell(Pressure);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.PulsePoll, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.PulseFailed(logger, e);
            }
        }
    }

    // Callers that cannot be written are told and forgotten: who may send, and how much waits, is looked at all the same.
    private async Task NoteAsync(List<RejectedCaller> callers, CancellationToken ct)
    {
        try
        {
            await book.RecordRejectedAsync(callers, ct);
        }
        catch (Exception e) when (e is not (DatabaseUnavailableException or OperationCanceledException))
        {
            Log.PulseFailed(logger, e);
        }
    }

    private void Tell(string? pressure)
    {
        if (pressure == _told)
        {
            return;
        }

        if (pressure is null)
        {
            Log.PressureOver(logger);
        }
        else if (_told is null)
        {
            Log.Pressure(logger, pressure);
        }

        _told = pressure;
    }

    private static string? CertificateOf(AssociationRequest request)
    {
        var name = request.CertificateNames.Count == 0 ? null : new string([.. request.CertificateNames[0].Where(c => !char.IsControl(c))]);
        return name is { Length: > 200 } ? name[..200] : name;
    }
}
