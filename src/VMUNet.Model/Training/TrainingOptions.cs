using System.Text.Json;
using System.Text.Json.Serialization;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>Everything that decides a training run. Two runs with equal options and data give the same weights, bit for bit.</summary>
public sealed record TrainingOptions
{
    /// <summary>Task name, see <see cref="TaskDefinition"/>.</summary>
    public required string Task { get; init; }

    /// <summary>Folder of the base data set; when fine-tuning it is the rehearsal data.</summary>
    public required string Data { get; init; }

    /// <summary>Folder that receives checkpoint, weights, manifest and training.json. An existing checkpoint in it is continued.</summary>
    public required string Out { get; init; }

    /// <summary>Name of the model to write; the folder's name when null.</summary>
    public string? Name { get; init; }

    /// <summary>Split trained on.</summary>
    public string TrainSplit { get; init; } = "train";

    /// <summary>Split that chooses the weights; null to choose the last ones.</summary>
    public string? DevSplit { get; init; } = "dev";

    /// <summary>Seed of every random stream.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Blocks per encoder stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 2, 2];

    /// <summary>Blocks per decoder stage, deepest first.</summary>
    public IReadOnlyList<int> DepthsDecoder { get; init; } = [2, 2, 2, 1];

    /// <summary>Channels per stage.</summary>
    public IReadOnlyList<int> Dims { get; init; } = [32, 64, 128, 256];

    /// <summary>Largest stochastic depth rate.</summary>
    public double DropPathRate { get; init; } = 0.1;

    /// <summary>Sizes in the order they are trained at; the last is the size of use.</summary>
    public required IReadOnlyList<TrainingStage> Stages { get; init; }

    /// <summary>Examples a step; must be a multiple of <see cref="Workers"/>.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Threads, each with an own copy of the network and an equal part of the batch. Part of the result's identity.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Peak learning rate.</summary>
    public double PeakRate { get; init; } = 1e-3;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmUpSteps { get; init; } = 200;

    /// <summary>Last learning rate as a share of the peak (cosine and polynomial).</summary>
    public double FinalRateShare { get; init; } = 0.01;

    /// <summary>Weight decay of matrices and kernels.</summary>
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Largest norm of the gradient; 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Decay of the running mean of the weights, a step.</summary>
    public double EmaDecay { get; init; } = 0.998;

    /// <summary>Changes of the examples; null for the task's default.</summary>
    public AugmentationRecipe? Augmentation { get; init; }

    /// <summary>Steps between two looks at the dev split.</summary>
    public int DevEverySteps { get; init; } = 400;

    /// <summary>Minutes between two checkpoints.</summary>
    public double CheckpointMinutes { get; init; } = 2;

    /// <summary>Model folder whose weights and preprocessing to start from (fine-tuning); its dimensions replace those given here.</summary>
    public string? InitialModel { get; init; }

    /// <summary>Folder of curated cases mixed in when fine-tuning (all of its cases are used); null for none.</summary>
    public string? CuratedData { get; init; }

    /// <summary>Share of each batch that comes from <see cref="Data"/> when there are curated cases; at least one half.</summary>
    public double RehearsalShare { get; init; } = 0.5;

    // Settings added later are left out of the document where they are at their default, so that the identity of a run begun
    // before them, which is a hash of the document, stays what it was.

    /// <summary>Augmentation, preprocessing and order of examples; the other settings of a recipe are in their own properties.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrainingRecipe Recipe { get; init; }

    /// <summary>Epochs at each stage instead of its number of examples; 0 to take that.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Epochs { get; init; }

    /// <summary>
    /// Epochs in which the rate falls by half a cosine to its final share, and then rises again (official schedule, changed once an
    /// epoch); 0 for warm-up and one half cosine over the whole run.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CosineEpochs { get; init; }

    /// <summary>Whether weight decay acts on every parameter, norms and biases included.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DecayEverything { get; init; }

    /// <summary>Which weights are kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public WeightSelection Selection { get; init; }

    /// <summary>
    /// Minutes the run may take. The number of examples is then fitted to the speed seen in the first steps, with the stages'
    /// shares of work kept; null to train on the stages' examples.
    /// </summary>
    public double? BudgetMinutes { get; init; }

    /// <summary>Looks at the dev split without a better score after which the last stage ends; 0 for never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int PatienceLooks { get; init; }

    /// <summary>
    /// A .pth or .safetensors checkpoint whose weights to start from: of a VM-UNet, or of a VMamba encoder. Its dimensions replace
    /// those given here; the preprocessing is the task's.
    /// </summary>
    public string? InitialCheckpoint { get; init; }

    /// <summary>Slices that make up the channels, 1 or 3; null for the task's number.</summary>
    public int? SlicesPerInput { get; init; }

    /// <summary>
    /// Weight of the loss of a 1x1 head on the decoder stage at an eighth of the input's size; a sixteenth has half of it, a thirty-second a
    /// quarter. The heads are trained with the network and left out of the model. 0 for none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double DeepSupervisionWeight { get; init; }

    /// <summary>
    /// Weights of the classes in the cross-entropy, background first; for a task of one class a single number, the weight of its pixels
    /// against the background's. The Dice term has none. Null for equal weights.
    /// </summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>
    /// Share of the examples that show a random part of the image, a third to two thirds of its sides, instead of all of it; a photograph is
    /// then averaged down less, so that its detail is there. Only with our own recipe.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double PatchShare { get; init; }

    /// <summary>
    /// Share of the draws that ask for a random organ and take a slice that shows it; the others take any slice. Null for two thirds.
    /// Volumes only, and only with our own recipe.
    /// </summary>
    public double? OrganSliceShare { get; init; }

    /// <summary>How the rate goes on after the warm-up; not with <see cref="CosineEpochs"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RateSchedule Schedule { get; init; }

    /// <summary>Hash of the snapshot the caller froze, written into the manifest; computed from the files when null.</summary>
    public string? DataManifestSha256 { get; init; }

    /// <summary>Reads options written by <see cref="ToJson"/> or by hand (snake_case names); unknown names are refused.</summary>
    /// <exception cref="BadInputException">Not such a document.</exception>
    public static TrainingOptions FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingOptions>(json, ModelJson.Strict)
                ?? throw new BadInputException("The training options are empty.");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"The training options cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The document a child process is started with.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Options);
}

/// <summary>A part of the run at one size.</summary>
/// <param name="Size">Side of the network input, a multiple of 32.</param>
/// <param name="Images">Examples to train on at this size.</param>
public sealed record TrainingStage(int Size, int Images);
