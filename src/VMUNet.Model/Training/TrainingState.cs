using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using static TorchSharp.torch;

namespace VMUNet.Model;

/// <summary>All that changes during a run; a checkpoint is exactly this.</summary>
internal sealed class TrainingState
{
    private const string IndexName = "checkpoint.json";

    private readonly int _heads;

    /// <summary>The beginning of a run.</summary>
    /// <param name="weights">First weights; owned from now on.</param>
    /// <param name="heads">How many of them, at the end, belong to heads used in training only.</param>
    public TrainingState(float[] weights, int heads = 0)
    {
        _heads = heads;
        Weights = weights;
        Mean = (float[])weights.Clone();
        Best = (float[])weights.Clone();
        Optimiser = new AdamW(weights.Length);
    }

    /// <summary>Weights being trained.</summary>
    public float[] Weights { get; }

    /// <summary>Running mean of the weights.</summary>
    public float[] Mean { get; }

    /// <summary>Weights chosen so far.</summary>
    public float[] Best { get; }

    /// <summary>Moments of the optimiser.</summary>
    public AdamW Optimiser { get; }

    /// <summary>Counters and the curve.</summary>
    public TrainingCounters Counters { get; set; } = new();

    /// <summary>Whether every weight is a number.</summary>
    public bool IsFinite
    {
        get
        {
            var zeros = 0f;
            foreach (var weight in Weights)
            {
                zeros += weight * 0; // NaN and infinity times 0 are NaN, which no sum loses
            }

            return zeros == 0;
        }
    }

    /// <summary>Moves the running mean by one step; young means follow faster.</summary>
    public void UpdateMean(double decay)
    {
        var n = ++Counters.StepsInMean;
        var keep = (float)Math.Min(decay, (1.0 + n) / (10.0 + n));
        FlatArray.MoveTowards(Mean, Weights, 1 - keep);
    }

    /// <summary>Starts the running mean again from the weights (at a change of size).</summary>
    public void ResetMean()
    {
        Weights.CopyTo(Mean, 0);
        Counters.StepsInMean = 0;
    }

    /// <summary>
    /// Writes the arrays under a name of their own, then the small file that points to them: a crash at any point leaves the old
    /// checkpoint or the new one.
    /// </summary>
    public void Save(string folder, string optionsHash)
    {
        Counters.OptimiserSteps = Optimiser.Steps;
        var name = NameOf(Counters.Step);
        using var scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] arrays =
        [
            One("weights", Weights), One("mean", Mean), One("best", Best), One("first", Optimiser.First), One("second", Optimiser.Second),
        ];
        SafeTensors.Write(Path.Combine(folder, name), arrays);
        SaveIndex(folder, optionsHash);
        foreach (var old in Directory.GetFiles(folder, "checkpoint-*.safetensors").Where(f => Path.GetFileName(f) != name))
        {
            File.Delete(old);
        }
    }

    /// <summary>Reads the checkpoint of a run with the same options; null when there is none.</summary>
    /// <exception cref="BadInputException">The checkpoint belongs to other options or data, or is damaged.</exception>
    public static TrainingState? Load(string folder, string optionsHash, int count, int heads = 0)
    {
        var path = Path.Combine(folder, IndexName);
        if (!File.Exists(path))
        {
            return null;
        }

        var index = Index(path);
        if (index.Options != optionsHash)
        {
            throw new BadInputException(
                $"{path} belongs to a run with other options or data; choose another output folder or delete it.");
        }

        using var scope = NewDisposeScope();
        var arrays = SafeTensors.Read(Path.Combine(folder, index.Arrays)).ToDictionary(t => t.Key, t => t.Value.data<float>().ToArray());
        if (arrays["weights"].Length != count)
        {
            throw new BadInputException($"{path} holds {arrays["weights"].Length} weights; {count} were expected.");
        }

        var state = new TrainingState(arrays["weights"], heads) { Counters = index.Counters };
        arrays["mean"].CopyTo(state.Mean, 0);
        arrays["best"].CopyTo(state.Best, 0);
        arrays["first"].CopyTo(state.Optimiser.First, 0);
        arrays["second"].CopyTo(state.Optimiser.Second, 0);
        state.Optimiser.Steps = index.Counters.OptimiserSteps;
        return state;
    }

    /// <summary>Writes the counters only: the arrays are those that the checkpoint of this step holds.</summary>
    public void SaveIndex(string folder, string optionsHash)
    {
        var index = Path.Combine(folder, IndexName);
        var json = JsonSerializer.Serialize(new CheckpointIndex(optionsHash, NameOf(Counters.Step), Counters, _heads), ModelJson.Options);
        using (var file = File.Create(index + ".tmp"))
        {
            file.Write(Encoding.UTF8.GetBytes(json + "\n"));
            file.Flush(flushToDisk: true); // the arrays before this one are deleted next: a power cut must not leave an empty index
        }

        File.Move(index + ".tmp", index, overwrite: true);
    }

    /// <summary>One array of the checkpoint in a folder, without what belongs to heads used in training only.</summary>
    /// <param name="folder">Output folder of a run.</param>
    /// <param name="array"><c>weights</c>, <c>mean</c> or <c>best</c>.</param>
    /// <returns>The array and the step.</returns>
    /// <exception cref="BadInputException">There is no checkpoint.</exception>
    public static (float[] Values, int Step) ReadArray(string folder, string array)
    {
        var path = Path.Combine(folder, IndexName);
        if (!File.Exists(path))
        {
            throw new BadInputException($"{folder} holds no checkpoint of a run.");
        }

        var index = Index(path);
        using var scope = NewDisposeScope();
        var values = SafeTensors.Read(Path.Combine(folder, index.Arrays)).Single(t => t.Key == array).Value.data<float>().ToArray();
        return (values[..^index.HeadWeights], index.Counters.Step);
    }

    private static CheckpointIndex Index(string path)
    {
        const string Advice = "choose another output folder or delete it";
        CheckpointIndex? index;
        try
        {
            index = JsonSerializer.Deserialize<CheckpointIndex>(File.ReadAllText(path), ModelJson.Options);
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path} is damaged ({e.Message}); {Advice}.", e);
        }

        if (index is not { Arrays: not null, Counters: not null })
        {
            throw new BadInputException($"{path} is damaged (it names no arrays); {Advice}.");
        }

        return File.Exists(Path.Combine(Path.GetDirectoryName(path)!, index.Arrays))
            ? index
            : throw new BadInputException($"{path} belongs to {index.Arrays}, which is not beside it; {Advice}.");
    }

    private static string NameOf(int step) => $"checkpoint-{step}.safetensors";

    private static KeyValuePair<string, Tensor> One(string name, float[] data) => new(name, tensor(data));
}

/// <summary>The small file of a checkpoint.</summary>
/// <param name="Options">Hash of the run's options and data.</param>
/// <param name="Arrays">File name of the arrays.</param>
/// <param name="Counters">Counters and curve.</param>
/// <param name="HeadWeights">Numbers at the end of each array that belong to heads used in training only.</param>
internal sealed record CheckpointIndex(
    string Options,
    string Arrays,
    TrainingCounters Counters,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int HeadWeights = 0);

/// <summary>Counters of a run and its curve.</summary>
internal sealed record TrainingCounters
{
    /// <summary>Steps taken (of all stages).</summary>
    public int Step { get; set; }

    /// <summary>Steps the optimiser took: skipped ones are not counted.</summary>
    public long OptimiserSteps { get; set; }

    /// <summary>Steps in the running mean.</summary>
    public long StepsInMean { get; set; }

    /// <summary>Steps skipped because a number was not finite.</summary>
    public int Skipped { get; set; }

    /// <summary>Steps skipped one after the other.</summary>
    public int SkippedInRow { get; set; }

    /// <summary>Sum of losses since the last look at dev.</summary>
    public double LossSum { get; set; }

    /// <summary>Steps in <see cref="LossSum"/>.</summary>
    public int LossCount { get; set; }

    /// <summary>Best dev score at the present size.</summary>
    public double? BestDsc { get; set; }

    /// <summary>Which weights it belongs to.</summary>
    public string? BestWeights { get; set; }

    /// <summary>Step it was reached at.</summary>
    public int BestStep { get; set; }

    /// <summary>Lowest loss so far, where that chooses the weights.</summary>
    public double? BestLoss { get; set; }

    /// <summary>Looks at dev since the best score.</summary>
    public int LooksWithoutGain { get; set; }

    /// <summary>Seconds the run took, over all its processes.</summary>
    public double Seconds { get; set; }

    /// <summary>Stages fitted to a budget; null before that, and without one.</summary>
    public List<TrainingStage>? Fitted { get; set; }

    /// <summary>Times the run went back to its last checkpoint because numbers were not finite.</summary>
    public int Rollbacks { get; set; }

    /// <summary>Factor on the learning rate after that.</summary>
    public double RateScale { get; set; } = 1;

    /// <summary>Why the run ended before its last step; null when it did not.</summary>
    public string? EndedEarly { get; set; }

    /// <summary>Curve so far.</summary>
    public List<TrainingPoint> Curve { get; init; } = [];
}

/// <summary>One point of the learning curve.</summary>
/// <param name="Step">Step.</param>
/// <param name="Images">Examples seen.</param>
/// <param name="Size">Side of the network input.</param>
/// <param name="Loss">Mean training loss since the last point.</param>
/// <param name="DevDscMean">Dev score of the running mean of the weights.</param>
/// <param name="DevDscRaw">Dev score of the raw weights.</param>
public sealed record TrainingPoint(int Step, long Images, int Size, double Loss, double? DevDscMean, double? DevDscRaw);
