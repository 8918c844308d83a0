using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Spectre.Console;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>train --data DIR --task T --out DIR</c>: trains or fine-tunes; an existing checkpoint in --out is continued.</summary>
internal static partial class TrainCommand
{
    private const int OwnPatience = 15;

    private static readonly Option<string?> s_options = new("--options")
    {
        Description = "JSON file with all training options (snake_case); the other options of this command are then not used.",
    };

    private static readonly Option<string?> s_data = new("--data") { Description = "Folder of the data set." };
    private static readonly Option<string?> s_task = new("--task") { Description = "Task to train for." };
    private static readonly Option<string?> s_output = new("--out") { Description = "Folder for checkpoint, weights and manifest." };
    private static readonly Option<string?> s_name = new("--name") { Description = "Name of the model; default: the folder's." };
    private static readonly Option<string?> s_start = new("--model") { Description = "Model to start from (fine-tuning)." };

    private static readonly Option<string?> s_initial = new("--init")
    {
        Description = "Checkpoint to start from: .pth or .safetensors of a VM-UNet, or of a VMamba encoder.",
    };

    private static readonly Option<TrainingRecipe> s_recipe = new("--recipe")
    {
        Description = "own, or isic or synapse: the official settings to the letter (300 epochs at full width; --epochs for fewer).",
        DefaultValueFactory = _ => TrainingRecipe.Own,
    };

    private static readonly Option<string> s_split = new("--split")
    {
        Description = "Split to train on. Default: train where the set has splits, else all.",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string> s_dev = new("--dev")
    {
        Description = "Split that chooses the weights; none for the last ones. Default: dev where the set has it and it is not trained on, else none.",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string?> s_stages = new("--stages")
    {
        Description = "SIZExIMAGES, in order. Default 128x40000,256x4000: 40000 examples of 128 pixels, then 4000 of 256.",
    };

    private static readonly Option<string?> s_budget = new("--budget")
    {
        Description = "Time to take, as 45m, 2h or 1h30m: the number of examples is fitted to the pace of the first steps.",
    };

    private static readonly Option<int?> s_epochs = new("--epochs") { Description = "Epochs of an official recipe." };
    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> s_width = new("--width")
    {
        Description = "Channels of the first stage, doubled at each of the three next ones. Default: 32; 96 for the official recipes.",
    };

    private static readonly Option<double?> s_rate = new("--rate") { Description = "Peak learning rate." };
    private static readonly Option<int?> s_batch = new("--batch") { Description = "Examples a step." };
    private static readonly Option<int?> s_workers = new("--workers") { Description = "Threads that share a batch; part of the result's identity." };
    private static readonly Option<double?> s_ema = new("--ema") { Description = "Decay of the running mean of the weights, a step; 0 for none." };
    private static readonly Option<double?> s_decay = new("--weight-decay") { Description = "Weight decay." };
    private static readonly Option<int?> s_warmUp = new("--warm-up") { Description = "Steps of linear warm-up." };
    private static readonly Option<int?> s_slices = new("--slices") { Description = "Slices that make up the channels: 1 or 3." };
    private static readonly Option<int?> s_looks = new("--dev-every") { Description = "Steps between two looks at the dev split." };

    private static readonly Option<int?> s_patience = new("--patience")
    {
        Description = "Looks at dev without a better score after which the last stage ends; 0 for never. Default: 15; 0 for the official recipes.",
    };

    private static readonly Option<double?> s_minutes = new("--checkpoint-minutes") { Description = "Minutes between two checkpoints." };
    private static readonly Option<string?> s_write = new("--write-options")
    {
        Description = "Write the settings as JSON to this file and do not train; change them there and give it to --options.",
    };

    public static Command Create(CommandRunner runner)
    {
        var command = new Command(
            "train", "Train or fine-tune a model. Stopped by a signal or killed, the same command continues from its checkpoint.")
        {
            s_data, s_task, s_output, s_name, s_start, s_initial, s_recipe, s_split, s_dev, s_stages, s_budget, s_epochs, s_seed, s_width,
            s_rate, s_batch, s_workers, s_ema, s_decay, s_warmUp, s_slices, s_looks, s_patience, s_minutes, s_options, s_write,
            DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var options = parsed.GetValue(s_options) is { } file ? FromFile(file) : FromCommandLine(parsed);
            if (parsed.GetValue(s_write) is { } path)
            {
                File.WriteAllText(path, options.ToJson() + "\n");
                runner.Terminal.Result(options.ToJson(), people => people.WriteLine(path));
                return Task.FromResult(ExitCode.Done);
            }

            return Task.FromResult(Train(runner.Terminal, options, ct));
        });
    }

    private static int Train(Terminal terminal, TrainingOptions options, CancellationToken ct)
    {
        try
        {
            var result = Trainer.Run(options, new Lines(terminal), TimeProvider.System, ct, DicomPairs.Reader);
            terminal.Result(result, people => people.MarkupLineInterpolated(
                $"{result.ModelFolder}: {result.Images} examples, loss {result.Loss:0.0000}, dev DSC {Figure.Share(result.DevDsc)}; curve.png shows the run"));
            return ExitCode.Done;
        }
        catch (TrainingStoppedException stopped)
        {
            terminal.Say($"vmunet: {stopped.Message}; the same command continues it");
            if (terminal.Json)
            {
                terminal.Result(
                    new { ok = false, stopped = true, step = stopped.Step, steps = stopped.Steps, @out = stopped.Folder, error = stopped.Message },
                    _ => { });
            }

            return ExitCode.Failed;
        }
    }

    private static TrainingOptions FromFile(string file) => File.Exists(file)
        ? TrainingOptions.FromJson(File.ReadAllText(file))
        : throw new BadInputException($"'{file}' does not exist; give the JSON file with the training options");

    private static TrainingOptions FromCommandLine(ParseResult parsed)
    {
        string Required(Option<string?> option) => parsed.GetValue(option)
            ?? throw new BadInputException($"{option.Name} is missing; give it, or all options in a file with --options");

        var data = Required(s_data);
        var set = DataSet.Open(data, DicomPairs.Reader);
        var trainSplit = parsed.GetRequiredValue(s_split) is { Length: > 0 } split ? split
            : set.SplitNames.Contains("train") ? "train" : DataSet.AllCases;
        var options = TrainingRecipes.With(
            new TrainingOptions
            {
                Task = Required(s_task),
                Data = data,
                Out = Required(s_output),
                Name = parsed.GetValue(s_name),
                TrainSplit = trainSplit,
                DevSplit = set.ChoosingSplit(trainSplit),
                Stages = [new TrainingStage(128, 40_000), new TrainingStage(256, 4_000)],
                Seed = parsed.GetValue(s_seed),
                PatienceLooks = OwnPatience,
                InitialModel = parsed.GetValue(s_start) is { } start ? Models.Resolve(start, DataFolder.Of(parsed)) : null,
                InitialCheckpoint = parsed.GetValue(s_initial),
                SlicesPerInput = parsed.GetValue(s_slices),
                BudgetMinutes = parsed.GetValue(s_budget) is { } budget ? Minutes(budget) : null,
            },
            parsed.GetValue(s_recipe));
        return Changed(options, parsed);
    }

    private static TrainingOptions Changed(TrainingOptions options, ParseResult parsed)
    {
        var stages = parsed.GetValue(s_stages);
        if (stages is not null && parsed.GetValue(s_epochs) is not null)
        {
            throw new BadInputException("--stages counts examples, --epochs epochs; give one of them");
        }

        options = options with
        {
            DevSplit = parsed.GetRequiredValue(s_dev) is { Length: > 0 } dev ? dev == "none" ? null : dev : options.DevSplit,
            Stages = stages is null ? options.Stages : Stages(stages),
            Epochs = stages is not null ? 0 : parsed.GetValue(s_epochs) ?? options.Epochs,
            Dims = parsed.GetValue(s_width) is { } first ? [first, 2 * first, 4 * first, 8 * first] : options.Dims,
            PeakRate = parsed.GetValue(s_rate) ?? options.PeakRate,
            Batch = parsed.GetValue(s_batch) ?? options.Batch,
            Workers = parsed.GetValue(s_workers) ?? options.Workers,
            EmaDecay = parsed.GetValue(s_ema) ?? options.EmaDecay,
            WeightDecay = parsed.GetValue(s_decay) ?? options.WeightDecay,
            WarmUpSteps = parsed.GetValue(s_warmUp) ?? options.WarmUpSteps,
            PatienceLooks = parsed.GetValue(s_patience) ?? options.PatienceLooks,
            DevEverySteps = parsed.GetValue(s_looks) ?? options.DevEverySteps,
            CheckpointMinutes = parsed.GetValue(s_minutes) ?? options.CheckpointMinutes,
        };
        return parsed.GetValue(s_width) is { } wanted && Trainer.WidthOf(options) is var width && width != wanted
            ? throw new BadInputException($"--width is {wanted}, but the weights to start from have {width}; leave --width out")
            : options;
    }

    /// <summary>45m, 2h, 1h30m, 90s: in minutes.</summary>
    private static double Minutes(string text)
    {
        var match = Duration().Match(text);
        double Number(int group) => match.Groups[group].Success ? double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var minutes = 60 * Number(1) + Number(2) + Number(3) / 60;
        return match.Success && minutes > 0 ? minutes : throw new BadInputException($"--budget '{text}' is no time; 45m, 2h or 1h30m are");
    }

    [GeneratedRegex(@"^(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$")]
    private static partial Regex Duration();

    private static List<TrainingStage> Stages(string text)
    {
        var stages = new List<TrainingStage>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var cut = part.Split('x');
            if (cut.Length != 2
                || !int.TryParse(cut[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                || !int.TryParse(cut[1], NumberStyles.None, CultureInfo.InvariantCulture, out var images))
            {
                throw new BadInputException($"--stages '{text}' is not of the form SIZExIMAGES,SIZExIMAGES");
            }

            stages.Add(new TrainingStage(size, images));
        }

        return stages;
    }

    /// <summary>One line a report: at a terminal and in a log alike, so that a curve can be read from it.</summary>
    private sealed class Lines(Terminal terminal) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            var dev = value.DevDscMean is null && value.DevDscRaw is null
                ? ""
                : $", dev DSC {Figure.Share(value.DevDscMean ?? value.DevDscRaw)} (best {Figure.Share(value.BestDsc)})";
            terminal.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"step {value.Step} of {value.Steps} at {value.Size}: loss {value.Loss:0.0000}, rate {value.Rate:0.0e+0}{dev}, left {value.Left:h\\:mm\\:ss}"));
        }
    }
}
