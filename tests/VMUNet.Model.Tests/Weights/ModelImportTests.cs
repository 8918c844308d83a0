using TorchSharp;
using VMUNet.Imaging;
using VMUNet.Model.Checkpoints;
using VMUNet.Model.Tests.Goldens;
using VMUNet.Model.Tests.Inference;
using VMUNet.Testing;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

[Collection(nameof(TensorTests))]
public sealed class ModelImportTests : IDisposable
{
    private static readonly string[] Organs =
        ["aorta", "gallbladder", "left-kidney", "right-kidney", "liver", "pancreas", "spleen", "stomach"];

    private readonly TemporaryFolder _folder = new();

    private string Models => _folder.File("models");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    public void An_official_checkpoint_becomes_a_model_that_predicts(string wrapper)
    {
        string file = WriteCheckpoint("best.safetensors", classes: 1, name => wrapper + name);

        ImportReport report = ModelImport.Run(new ImportOptions { File = file, ModelsFolder = Models, Task = "lesion-dermoscopy" });

        Assert.Equal(("best", "vm-unet", "safetensors"), (report.Name, report.Source, report.Format));
        Assert.Empty(report.KeptInitial);
        Assert.Equal(SafeTensors.Hash(file), report.SourceSha256);
        using LoadedModel model = LoadedModel.Load(report.Folder);
        Assert.Equal((IntensityRule.FullRangePerPicture, 256), (model.Manifest.Preprocessing.Intensity, model.Manifest.Preprocessing.Size));
        Assert.Equal(report.WeightsSha256, model.WeightsSha256);
        SegmentationOutcome outcome = new Segmenter().Segment(model, new Picture(40, 50, new byte[6000]), CancellationToken.None);
        Assert.Equal(report.WeightsSha256, outcome.WeightsSha256);
    }

    [Fact]
    [Trait("speed", "slow")]
    public void A_checkpoint_of_the_official_Synapse_shape_segments_CT_at_once()
    {
        string file = _folder.File("synapse.safetensors");
        var published = new ModelConfig { Classes = 9 }; // 96 to 768 channels, 2, 2, 2, 2 / 2, 2, 2, 1 blocks; random numbers
        using (var network = new VmUNet(published, ScanKind.Reference, seed: 5))
        {
            Checkpoints.Weights.Save(network, file, StoredType.F16);
        }

        ImportReport report = Import(file, "abdomen-ct-8");

        using LoadedModel model = LoadedModel.Load(report.Folder);
        Preprocessing prepared = model.Manifest.Preprocessing;
        Assert.Equal((-125.0, 275.0, 1, 224), (prepared.WindowLow, prepared.WindowHigh, prepared.SlicesPerInput, prepared.Size));
        Assert.Equal(Organs, model.Manifest.Labels.Select(l => l.Name));
        Assert.Equal(["abdomen-ct-8"], model.Manifest.Routes);
        Volume ct = NiftiFile.Read(Path.Combine(RepoPaths.Goldens, "ct-overfit/images/torso-crop.nii.gz"));
        SegmentationOutcome outcome = new Segmenter().Segment(model, ct, CancellationToken.None);
        Assert.Null(outcome.Labels.Geometry.DifferenceFrom(ct.Geometry));
    }

    [Fact]
    public void Weights_of_the_inner_network_alone_are_taken_too()
    {
        string file = WriteCheckpoint("inner.safetensors", classes: 1, name => name["vmunet.".Length..]);

        Assert.Empty(Import(file, "lesion-dermoscopy").KeptInitial);
    }

    [Fact]
    public void Classes_in_another_order_are_brought_into_the_tasks()
    {
        using DisposeScope scope = NewDisposeScope();
        string file = WriteCheckpoint("ct.safetensors", classes: 9);
        string[] reversed = [.. Organs.Reverse().Select(o => o.Replace('-', ' ').ToUpperInvariant())];

        ImportReport same = Import(file, "abdomen-ct-8", name: "same");
        ImportReport turned = Import(file, "abdomen-ct-8", reversed, "turned");

        Tensor before = Read(same).index_select(0, tensor(new long[] { 0, 8, 7, 6, 5, 4, 3, 2, 1 }));
        Assert.Equal(Organs, turned.Labels);
        Assert.True(before.bytes.SequenceEqual(Read(turned).bytes));

        static Tensor Read(ImportReport report) =>
            SafeTensors.Read(Path.Combine(report.Folder, ModelFiles.WeightsName))["vmunet.final_conv.weight"];
    }

    [Theory]
    [InlineData(9, "abdomen-mr-4", null, "8 classes beside the background, and 4 labels")]
    [InlineData(9, "lesion-dermoscopy", null, "8 classes")]
    [InlineData(1, "abdomen-ct-8", null, "1 class ")]
    [InlineData(9, "abdomen-ct-8", "aorta,liver", "2 labels")]
    [InlineData(9, "abdomen-ct-8", "aorta,aorta,left-kidney,right-kidney,liver,pancreas,spleen,stomach", "Name each once")]
    [InlineData(9, "no-such-task", null, "abdomen-ct-8")]
    public void More_or_fewer_classes_than_labels_are_refused(int classes, string task, string? labels, string why)
    {
        string file = WriteCheckpoint("x.safetensors", classes);

        BadInputException refusal = Assert.Throws<BadInputException>(() => Import(file, task, labels?.Split(',')));

        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Models));
    }

    [Fact]
    public void A_VMamba_checkpoint_becomes_a_start_for_training()
    {
        ImportReport report = Import(Golden.PathOf("vmamba_like_checkpoint.pth"), "abdomen-ct-8");

        Assert.Equal(("vmamba", "PyTorch", 208), (report.Source, report.Format, report.Loaded));
        Assert.Equal(14, report.KeptInitial.Count);
        Assert.Contains("head.weight", report.Unused);
        using LoadedModel model = LoadedModel.Load(report.Folder);
        Assert.Equal(9, model.Network.Config.Classes);
        Assert.Equal(224, model.Manifest.Preprocessing.Size);
    }

    [Fact]
    public void Blocks_that_a_deeper_network_wants_and_the_file_lacks_are_named()
    {
        var options = new ImportOptions
        {
            File = Golden.PathOf("vmamba_like_checkpoint.pth"), ModelsFolder = Models, Task = "abdomen-ct-8",
            Depths = [2, 2, 4, 2],
        };

        Assert.Contains(
            "missing: vmunet.layers.2.blocks.3.", Assert.Throws<BadInputException>(() => ModelImport.Run(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exported_model_comes_back_with_its_preprocessing_and_its_bits()
    {
        TestModels.Write(_folder.File("mr"), "abdomen-mr-4");
        string file = _folder.File("mr.safetensors");

        string hash = ModelExport.Run(_folder.File("mr"), file);
        ImportReport report = ModelImport.Run(new ImportOptions { File = file, ModelsFolder = Models, Name = "back" });

        Assert.Equal(SafeTensors.Hash(file), hash);
        ModelManifest before = ModelFiles.ReadManifest(_folder.File("mr")), after = ModelFiles.ReadManifest(report.Folder);
        Assert.Equal((before.Task, before.Preprocessing.Size), (after.Task, after.Preprocessing.Size));
        Assert.Equal(before.Preprocessing.Intensity, after.Preprocessing.Intensity);
        Assert.Equal(hash, after.Provenance.ImportedFromSha256);
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> first = SafeTensors.Read(_folder.File("mr/weights.safetensors"));
        Assert.All(
            SafeTensors.Read(Path.Combine(report.Folder, ModelFiles.WeightsName)),
            t => Assert.True(t.Value.bytes.SequenceEqual(first[t.Key].bytes), t.Key));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("")]
    public void A_name_that_leaves_the_folder_is_refused(string name)
    {
        string file = WriteCheckpoint("x.safetensors", 1);

        Assert.Throws<BadInputException>(() => Import(file, "lesion-dermoscopy", name: name));
    }

    [Fact]
    public void A_model_that_is_there_is_not_replaced()
    {
        string file = WriteCheckpoint("x.safetensors", 1);
        Import(file, "lesion-dermoscopy");

        Assert.Contains(
            "--name", Assert.Throws<BadInputException>(() => Import(file, "lesion-dermoscopy")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_official_scale_of_a_photograph_is_its_own_range_on_0_to_255()
    {
        var picture = new Picture(1, 2, [10, 60, 110, 35, 10, 10]);
        var rule = new Preprocessing { Intensity = IntensityRule.FullRangePerPicture, Size = 32 };

        Sample sample = InputScaling.FromPicture(picture, default, rule, 32);

        float[] values = [.. sample.Planes.SelectMany((p, c) => p.ToArray().Select(v => (v - sample.Mean[c]) / sample.Deviation[c]))];
        float[] expected = [0, 63.75f, 127.5f, 0, 255, 0];
        Assert.All(expected.Zip(values), v => Assert.Equal(v.First, v.Second, 1e-3f));
    }

    private ImportReport Import(string file, string task, IReadOnlyList<string>? labels = null, string? name = null) => ModelImport.Run(
        new ImportOptions { File = file, ModelsFolder = Models, Task = task, Labels = labels ?? [], Name = name });

    private string WriteCheckpoint(string file, int classes, Func<string, string>? rename = null)
    {
        using DisposeScope scope = NewDisposeScope();
        var config = new ModelConfig
        {
            Dims = [8, 16, 32, 64], Depths = [1, 1, 1, 1], DepthsDecoder = [1, 1, 1, 1], Classes = classes,
        };
        using var network = new VmUNet(config, ScanKind.Reference, seed: 3);
        string path = _folder.File(file);
        SafeTensors.Write(path, network.named_parameters().Select(p =>
            KeyValuePair.Create(rename?.Invoke(p.name) ?? p.name, (Tensor)p.parameter)));
        return path;
    }
}
