using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>train --data DIR --task T --out DIR</c>: trains or fine-tunes; an existing checkpoint in --out is continued.</summary>
internal static class TrainCommand
{
    private static readonly Option<string?> s_options = new("--options")
    {
        Description = "JSON file with all training options (snake_case); the other options of this command are then not used.",
    };

    private static readonly Option<string?> s_data = new("--data") { Description = "Folder of the data set." };
    private static readonly Option<string?> s_task = new("--task") { Description = "Task to train for." };
    private static readonly Option<string?> s_output = new("--out") { Description = "Folder for checkpoint, weights and manifest." };
    private static readonly Option<string?> s_name = new("--name") { Description = "Name of the model; default: the folder's." };
    private static readonly Option<string?> s_start = new("--model") { Description = "Model to start from (fine-tuning)." };

    private static readonly Option<string> s_split = new("--split")
    {
        Description = "Split to train on.",
        DefaultValueFactory = _ => "train",
    };

    private static readonly Option<string> s_stages = new("--stages")
    {
        Description = "SIZExIMAGES, in order: 128x40000,256x4000 trains on 40000 examples of 128 pixels, then 4000 of 256.",
        DefaultValueFactory = _ => "128x40000,256x4000",
    };

    private static readonly Option<int> s_seed = new("--seed") { Description = "Seed.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> s_width = new("--width")
    {
        Description = "Channels of the first stage, doubled at each of the three next ones.",
        DefaultValueFactory = _ => 32,
    };

    private static readonly Option<double?> s_rate = new("--rate") { Description = "Peak learning rate." };
    private static readonly Option<int?> s_batch = new("--batch") { Description = "Examples a step." };

    public static Command Create(CommandRunner runner)
    {
        var command = new Command("train", "Train or fine-tune a model; run again with the same options to continue.")
        {
            s_data, s_task, s_output, s_name, s_start, s_split, s_stages, s_seed, s_width, s_rate, s_batch, s_options,
            DataFolder.Option,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var options = parsed.GetValue(s_options) is { } file ? FromFile(file) : FromCommandLine(parsed);
            var result = Trainer.Run(options, new Lines(runner.Terminal), TimeProvider.System, ct, DicomPairs.Reader);
            runner.Terminal.Result(result, people => people.MarkupLineInterpolated(
                $"{result.ModelFolder}: {result.Images} examples, loss {result.Loss:0.0000}, dev DSC {Figure.Share(result.DevDsc)}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static TrainingOptions FromFile(string file) => File.Exists(file)
        ? TrainingOptions.FromJson(File.ReadAllText(file))
        : throw new BadInputException($"'{file}' does not exist; give the JSON file with the training options");

    private static TrainingOptions FromCommandLine(ParseResult parsed)
    {
        string Required(Option<string?> option) => parsed.GetValue(option)
            ?? throw new BadInputException($"{option.Name} is missing; give it, or all options in a file with --options");

        var width = parsed.GetValue(s_width);
        var options = new TrainingOptions
        {
            Task = Required(s_task),
            Data = Required(s_data),
            Out = Required(s_output),
            Name = parsed.GetValue(s_name),
            TrainSplit = parsed.GetRequiredValue(s_split),
            Stages = Stages(parsed.GetRequiredValue(s_stages)),
            Seed = parsed.GetValue(s_seed),
            Dims = [width, 2 * width, 4 * width, 8 * width],
            InitialModel = parsed.GetValue(s_start) is { } start ? Models.Resolve(start, DataFolder.Of(parsed)) : null,
        };
        return options with
        {
            PeakRate = parsed.GetValue(s_rate) ?? options.PeakRate,
            Batch = parsed.GetValue(s_batch) ?? options.Batch,
        };
    }

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
