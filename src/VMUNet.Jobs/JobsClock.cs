using Hangfire;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using VMUNet.Data;
using VMUNet.Jobs.Models;
using VMUNet.Jobs.Retraining;

namespace VMUNet.Jobs;

/// <summary>The worker's clock: registers models at start, then dispatches and delivers once a tick. All it acts on are rows.</summary>
public sealed class JobsClock(SeriesDispatcher dispatcher, DeliverResultJob deliveries,
    ConfirmDeliveriesJob confirmations, CompareCopiesJob copies, ModelRegistrar models,
    IRecurringJobManager recurring, IOptions<JobsOptions> options, IOptions<RetrainOptions> retrain, TimeProvider time, ILogger<JobsClock> logger) : BackgroundService
{
    private const string RetrainId = "retrain";

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await models.RunAsync(cancellationToken);
        if (retrain.Value.Cron.Length == 0)
        {
            recurring.RemoveIfExists(RetrainId);
        }
        else
        {
            recurring.AddOrUpdate<RetrainJob>(
                RetrainId, JobQueues.Train, job => job.RunScheduledAsync(CancellationToken.None), retrain.Value.Cron);
        }
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        TickAsync("dispatch", dispatcher.RunAsync, stoppingToken),
        DeliverAsync(stoppingToken),
        TickAsync("confirmation", confirmations.RunAsync, stoppingToken),
        TickAsync("comparison", copies.RunAsync, stoppingToken));

    private async Task DeliverAsync(CancellationToken ct)
    {
        await TickAsync("delivery", deliveries.StartLanesAsync, ct);
        await deliveries.LanesEndAsync();
    }

    private async Task TickAsync(string name, Func<CancellationToken, Task> work, CancellationToken ct)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(options.Value.Tick, time);
        try
        {
            do
            {
                try
                {
                    await work(ct);
                }
                catch (DatabaseUnavailableException e)
                {
                    Log.DatabaseAway(logger, e.Message);
                }
                catch (Exception e) when (e is not OperationCanceledException) // a door's catch-all: the next round goes on
                {
                    Log.RoundFailed(logger, name, e);
                }
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException)
        {
            // shutdown
        }
    }
}
