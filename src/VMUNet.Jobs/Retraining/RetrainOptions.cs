using System.ComponentModel.DataAnnotations;
using VMUNet.Jobs.Promotion;

namespace VMUNet.Jobs.Retraining;

/// <summary>The nightly retraining. Section "Retrain".</summary>
public sealed class RetrainOptions
{
    /// <summary>When, as a cron expression in UTC; empty switches the schedule off. Default 02:00 every night.</summary>
    public string Cron { get; set; } = "0 2 * * *";

    /// <summary>
    /// Base data set of each task: at least half of each batch comes from its train split, its dev split chooses the
    /// weights, its locked split judges. A task without one is not retrained. Default none.
    /// </summary>
    public IDictionary<string, string> RehearsalData { get; } = new Dictionary<string, string>();

    /// <summary>
    /// The child process, program first; {options} stands for the file with the training options. It must write the
    /// model folder that the options name and end with 0. Set by the host.
    /// </summary>
    public IList<string> Command { get; set; } = [];

    /// <summary>Newly accepted patients that start a run. Default 10.</summary>
    [Range(1, 100_000)]
    public int MinimumNewPatients { get; set; } = 10;

    /// <summary>After this time one newly accepted patient is enough. Default 7 days.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromDays(7);

    /// <summary>A run that takes longer is stopped. Default 6 h.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Seed of every random stream. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Examples of a run: the fixed step budget. Default 4000.</summary>
    [Range(8, 100_000_000)]
    public int Images { get; set; } = 4000;

    /// <summary>Examples a step. Default 8.</summary>
    [Range(1, 1024)]
    public int Batch { get; set; } = 8;

    /// <summary>Threads. Default 2; part of the result's identity.</summary>
    [Range(1, 256)]
    public int Workers { get; set; } = 2;

    /// <summary>Peak learning rate, low because the anchor is good already. Default 0.0001.</summary>
    [Range(1e-8, 1)]
    public double PeakRate { get; set; } = 1e-4;

    /// <summary>Share of each batch that is rehearsal. Default 0.5, never less.</summary>
    [Range(0.5, 1)]
    public double RehearsalShare { get; set; } = 0.5;

    /// <summary>Largest loss of DSC per organ that counts as none. Default 0.01.</summary>
    [Range(0, 0.1)]
    public double Margin { get; set; } = 0.01;

    /// <summary>Locked patients that an organ needs for a verdict. Default 30.</summary>
    [Range(2, 100_000)]
    public int MinimumPatients { get; set; } = 30;

    /// <summary>The gate's numbers.</summary>
    public PromotionLimits Limits() => new() { Margin = Margin, MinimumPatients = MinimumPatients, Seed = Seed };
}
