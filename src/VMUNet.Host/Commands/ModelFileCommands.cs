using System.CommandLine;
using Spectre.Console;
using VMUNet.Imaging;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>model import</c>, <c>model export</c>, <c>model verify</c>, <c>model forward</c>: weights as files.</summary>
internal static class ModelFileCommands
{
    public static Command Import(CommandRunner runner)
    {
        var file = new Argument<string>("FILE") { Description = "A .pth or .safetensors file of VM-UNet, or of the VMamba it starts from." };
        var task = new Option<string?>("--task") { Description = "Task of the model; may be left out for a file of 'model export'." };
        var labels = new Option<string>("--labels")
        {
            Description = "Names of the checkpoint's classes in its order, without the background: aorta,gallbladder,... Default: the task's.",
            DefaultValueFactory = _ => "",
        };
        var name = new Option<string?>("--name") { Description = "Name of the model. Default: the file's." };
        var size = new Option<int>("--size") { Description = "Side of the network input. Default: as exported, else 256 (photographs), 224 (volumes)." };
        var preprocessing = new Option<ImportPreprocessing>("--preprocessing")
        {
            Description = "official: as the official code (or the export) prepares images. task: as our trainings do.",
        };
        var depths = Depths("--depths", "Blocks of the encoder that a VMamba file starts.", "2,2,2,2");
        var depthsDecoder = Depths("--depths-decoder", "Blocks of its decoder, coarsest first.", "2,2,2,1");
        var seed = new Option<int>("--seed") { Description = "Seed of what a VMamba file has nothing for." };
        var command = new Command("import", "Bring in a checkpoint as a model; strict about every name and shape.")
        {
            file, task, labels, name, size, preprocessing, depths, depthsDecoder, seed, DataFolder.Option,
        };
        return runner.On(command, (parsed, _) =>
        {
            var report = ModelImport.Run(new ImportOptions
            {
                File = parsed.GetRequiredValue(file),
                ModelsFolder = Models.Own(DataFolder.Of(parsed)),
                Task = parsed.GetValue(task),
                Labels = parsed.GetValue(labels)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                Name = parsed.GetValue(name),
                Size = parsed.GetValue(size),
                Preprocessing = parsed.GetValue(preprocessing),
                Depths = Numbers(parsed.GetRequiredValue(depths), "--depths"),
                DepthsDecoder = Numbers(parsed.GetRequiredValue(depthsDecoder), "--depths-decoder"),
                Seed = parsed.GetValue(seed),
            });
            runner.Terminal.Result(report, people =>
            {
                people.WriteLine($"{report.Name}: {report.Loaded} tensors of {report.Format} {report.Source} in {report.Folder}");
                people.WriteLine($"network  {Network(report.Architecture)}");
                people.WriteLine($"labels   {string.Join(", ", report.Labels)}");
                people.WriteLine($"weights  {report.WeightsSha256}");
                Listed(people.WriteLine, "start values kept", report.KeptInitial);
                Listed(people.WriteLine, "not used", report.Unused);
                people.WriteLine(report.KeptInitial.Count == 0
                    ? "It is ready for 'vmunet evaluate' and 'vmunet segment'."
                    : "It is a start for 'vmunet train --model', not for use.");
            });
            return Task.FromResult(ExitCode.Done);
        });
    }

    public static Command Export(CommandRunner runner)
    {
        var model = new Argument<string>("MODEL") { Description = "Name or folder." };
        var file = new Argument<string>("FILE") { Description = "The .safetensors file to write." };
        var command = new Command("export", "Write a model as one safetensors file: float32, official names, the manifest beside them.")
        {
            model, file, DataFolder.Option,
        };
        return runner.On(command, (parsed, _) =>
        {
            var path = parsed.GetRequiredValue(file);
            var folder = Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed));
            var hash = ModelExport.Run(folder, path);
            runner.Terminal.Result(
                new { file = path, sha256 = hash, model = folder }, people => people.WriteLine($"{path}  {hash}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    public static Command Verify(CommandRunner runner)
    {
        var model = new Argument<string>("MODEL") { Description = "Name or folder." };
        var command = new Command("verify", "Check a model: the weights' hash, every name, shape and number, classes against labels.")
        {
            model, DataFolder.Option,
        };
        return runner.On(command, (parsed, _) =>
        {
            using var loaded = LoadedModel.Load(Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed)));
            var document = new { ok = true, loaded.Name, loaded.WeightsSha256, loaded.Folder };
            runner.Terminal.Result(document, people => people.WriteLine($"{loaded.Name}: sound, {loaded.WeightsSha256}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    public static Command Forward(CommandRunner runner)
    {
        var weights = new Argument<string>("WEIGHTS") { Description = "A .safetensors or .pth file; the network's sizes are read from it." };
        var input = new Argument<string>("INPUT") { Description = "A safetensors file with the tensor 'input': B,C,H,W, float32." };
        var output = new Argument<string>("OUTPUT") { Description = "The safetensors file to write: 'logits', B,classes,H,W, before any sigmoid." };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda:N.", DefaultValueFactory = _ => "auto" };
        var precision = PrecisionOption.Create();
        var scan = new Option<string?>("--scan") { Description = "reference, chunked, managed or cuda. Default: the fastest that serves." };
        scan.AcceptOnlyFromAmong("reference", "chunked", "managed", "cuda");
        var command = new Command(
            "forward",
            "Raw tensors through a network, for comparisons. A side that is no multiple of 32 is filled up with zeros (bottom, right), "
            + "and the logits are cut to the input's size.")
        {
            weights, input, output, device, precision, scan,
        };
        return runner.On(command, (parsed, ct) =>
        {
            var report = RawForward.Run(
                new RawForwardOptions
                {
                    Weights = parsed.GetRequiredValue(weights),
                    Input = parsed.GetRequiredValue(input),
                    Output = parsed.GetRequiredValue(output),
                    Device = parsed.GetRequiredValue(device),
                    Scan = parsed.GetValue(scan),
                    Precision = PrecisionOption.Of(parsed, precision),
                },
                ct);
            runner.Terminal.Result(report, people =>
            {
                people.WriteLine($"network  {Network(report.Architecture)}");
                people.WriteLine(
                    $"logits   {string.Join(" x ", report.OutputShape)} in {Figure.Seconds(report.Seconds)} s on {report.Device} ({report.DeviceReason}), {report.Scan} scan");
            });
            return Task.FromResult(ExitCode.Done);
        });
    }

    public static Command Average(CommandRunner runner)
    {
        var first = new Argument<string>("A") { Description = "Name or folder of a model, or RUN:raw, RUN:mean, RUN:best of a run's checkpoint." };
        var second = new Argument<string?>("B") { Description = "As A; left out, A alone is written.", Arity = ArgumentArity.ZeroOrOne };
        var share = new Option<double>("--share") { Description = "Share of B.", DefaultValueFactory = _ => 0.5 };
        var output = new Option<string>("--out") { Description = "Folder to write.", Required = true };
        var name = new Option<string?>("--name") { Description = "Name of the model; default: the folder's." };
        var isHalf = new Option<bool>("--half") { Description = "Write float16." };
        var command = new Command("average", "The mean of two models' weights as a model; or one model's weights again, as float16.")
        {
            first, second, share, output, name, isHalf, DataFolder.Option,
        };
        return runner.On(command, (parsed, _) =>
        {
            string Found(string text) => text.Contains(':', StringComparison.Ordinal) ? text : Models.Resolve(text, DataFolder.Of(parsed));
            if (parsed.GetValue(share) is not (>= 0 and <= 1))
            {
                throw new BadInputException("--share must be from 0 to 1.");
            }

            var manifest = ModelAverage.Run(
                Found(parsed.GetRequiredValue(first)), parsed.GetValue(second) is { } other ? Found(other) : null, parsed.GetValue(share),
                parsed.GetRequiredValue(output), parsed.GetValue(name), parsed.GetValue(isHalf));
            runner.Terminal.Result(
                new { model = manifest.Name, folder = parsed.GetRequiredValue(output), weights_sha256 = manifest.WeightsSha256, weights = manifest.Provenance.Weights },
                people => people.WriteLine($"{parsed.GetRequiredValue(output)}: {manifest.Provenance.Weights}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    /// <summary>One line about a network.</summary>
    public static string Network(ModelArchitecture network) =>
        $"dims {string.Join(", ", network.Dims)}, depths {string.Join(", ", network.Depths)} / {string.Join(", ", network.DepthsDecoder)}, "
        + $"{network.Classes} {(network.Classes == 1 ? "class" : "classes")}";

    private static void Listed(Action<string> say, string what, IReadOnlyList<string> names)
    {
        if (names.Count > 0)
        {
            say($"{what}: {names.Count}");
            foreach (var name in names)
            {
                say($"  {name}");
            }
        }
    }

    private static Option<string> Depths(string name, string description, string standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    private static int[] Numbers(string text, string option)
    {
        var parts = text.Split(',');
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], out numbers[i]) || parts.Length != 4 || numbers[i] is < 1 or > 100)
            {
                throw new BadInputException($"{option} {text}: expected four numbers of blocks, as 2,2,2,2.");
            }
        }

        return numbers;
    }
}
