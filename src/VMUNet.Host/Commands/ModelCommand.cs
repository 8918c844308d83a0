using System.CommandLine;
using Spectre.Console;
using VMUNet.Data.Processing;
using VMUNet.Data.Queries;
using VMUNet.Imaging;
using VMUNet.Jobs.Models;
using VMUNet.Model;

namespace VMUNet.Host.Commands;

/// <summary><c>model list</c>, <c>model info</c>, <c>model approve</c>; those about files in <see cref="ModelFileCommands"/>.</summary>
internal static class ModelCommand
{
    public static Command Create(CommandRunner runner) =>
        new("model", "Models: those on disk, weights as files, and which of them serve.")
        {
            List(runner), Info(runner), ModelFileCommands.Import(runner), ModelFileCommands.Export(runner),
            ModelFileCommands.Verify(runner), ModelFileCommands.Forward(runner), ModelFileCommands.Average(runner),
            Approve(runner),
        };

    private static Command List(CommandRunner runner)
    {
        var command = new Command("list", "Models on disk.") { DataFolder.Option };
        return runner.On(command, (parsed, _) =>
        {
            var models = Models.List(DataFolder.Of(parsed));
            runner.Terminal.Result(
                new { models = models.Select(m => new { m.Name, m.Folder, m.Manifest?.Task, m.Manifest?.WeightsSha256, m.Fault }) },
                people =>
                {
                    var table = new Table().AddColumns("name", "task", "weights", "folder");
                    foreach (var model in models)
                    {
                        table.AddRow(
                            Markup.Escape(model.Name), Markup.Escape(model.Manifest?.Task ?? model.Fault ?? ""),
                            model.Manifest?.WeightsSha256[..12] ?? "", Markup.Escape(model.Folder));
                    }

                    people.Write(table);
                });
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static Command Info(CommandRunner runner)
    {
        var model = new Argument<string>("MODEL") { Description = "Name or folder." };
        var command = new Command("info", "A model's manifest; its weights are read and checked against their hash.")
        {
            model, DataFolder.Option,
        };
        return runner.On(command, (parsed, _) =>
        {
            using var loaded = LoadedModel.Load(Models.Resolve(parsed.GetRequiredValue(model), DataFolder.Of(parsed)));
            var manifest = loaded.Manifest;
            runner.Terminal.Result(manifest, people =>
            {
                people.WriteLine($"{manifest.Name}, version {manifest.Version}, task {manifest.Task} ({manifest.Modality})");
                people.WriteLine($"folder   {loaded.Folder}");
                people.WriteLine($"weights  {manifest.WeightsSha256}, checked");
                people.WriteLine($"network  {ModelFileCommands.Network(manifest.Architecture)}, size {manifest.Preprocessing.Size}");
                people.WriteLine($"labels   {string.Join(", ", manifest.Labels.Select(l => $"{l.Value} {l.Name}"))}");
                people.WriteLine($"made by  seed {manifest.Provenance.Seed}, {manifest.Provenance.TrainingCases} cases, "
                    + $"data {manifest.Provenance.DataManifestSha256}");
            });
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static Command Approve(CommandRunner runner)
    {
        var version = new Argument<string>("VERSION") { Description = "Number of the version, or its name where only one has it." };
        var person = new Option<string>("--by") { Description = "Who approves.", Required = true };
        var reason = new Option<string>("--reason") { Description = "Why.", DefaultValueFactory = _ => "" };
        var isRejected = new Option<bool>("--reject") { Description = "Say no to the version instead." };
        var command = new Command("approve", "Make an eligible version champion, or bring a retired one back.")
        {
            version, person, reason, isRejected, DataFolder.Option,
        };
        return runner.On(command, async (parsed, ct) =>
        {
            await using var instance = await PacsServices.OpenAsync(DataFolder.Of(parsed), new Dictionary<string, string?>(), ct);
            await instance.Get<ModelRegistrar>().RunAsync(ct);
            var chosen = Find(await instance.Get<PacsQueries>().ModelsAsync(ct), parsed.GetRequiredValue(version));
            var registry = instance.Get<ModelRegistry>();
            var (who, why) = (parsed.GetRequiredValue(person), parsed.GetRequiredValue(reason));
            try
            {
                await (parsed.GetValue(isRejected)
                    ? registry.RejectAsync(chosen.ModelVersionId, who, why, ct)
                    : registry.ApproveAsync(chosen.ModelVersionId, who, why, ct));
            }
            catch (IllegalModelMoveException illegal)
            {
                throw new BadInputException(illegal.Message, illegal);
            }

            var verdict = parsed.GetValue(isRejected) ? "rejected" : "champion";
            runner.Terminal.Result(
                new { version = chosen.ModelVersionId, chosen.Name, chosen.Task, state = verdict },
                people => people.WriteLine($"{chosen.Task}: version {chosen.ModelVersionId} ({chosen.Name}) is now {verdict}"));
            return ExitCode.Done;
        });
    }

    private static ModelDetail Find(IReadOnlyList<ModelDetail> models, string text)
    {
        var found = models.Where(m => $"{m.ModelVersionId}" == text || m.Name == text).ToList();
        return found.Count == 1
            ? found[0]
            : throw new BadInputException(
                $"'{text}' names {found.Count} versions; give a number of: "
                + string.Join(", ", models.Select(m => $"{m.ModelVersionId} ({m.Name}, {m.State})")));
    }
}
