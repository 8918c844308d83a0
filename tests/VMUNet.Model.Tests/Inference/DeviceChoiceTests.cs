using VMUNet.Imaging;
using VMUNet.Testing;

namespace VMUNet.Model.Tests.Inference;

public sealed class DeviceChoiceTests
{
    private static readonly DeviceSurvey Two = new(["NVIDIA H200", "NVIDIA L4"], "");
    private static readonly DeviceSurvey None = new([], "there is no CUDA driver");

    [Fact]
    public void Auto_takes_the_first_device_and_else_the_processor_and_says_why()
    {
        Assert.Equal(new DeviceChoice("cuda:0", "NVIDIA H200 is there"), DeviceChoice.Of("auto", Two));
        Assert.Equal(new DeviceChoice("cpu", "there is no CUDA driver"), DeviceChoice.Of("auto", None));
    }

    [Fact]
    public void What_is_asked_for_is_taken_if_it_is_there()
    {
        DeviceChoice second = DeviceChoice.Of("cuda:1", Two);

        Assert.Equal(("cuda:1", 1, true), (second.Name, second.Index, second.IsCuda));
        Assert.Contains("NVIDIA L4", second.Reason, StringComparison.Ordinal);
        Assert.Equal((-1, false), (DeviceChoice.Of("cpu", Two).Index, DeviceChoice.Of("cpu", Two).IsCuda));
    }

    [Theory]
    [InlineData("cuda:2", "cuda:1 (NVIDIA L4)")]
    [InlineData("cuda", "is no device")]
    [InlineData("cuda:-1", "is no device")]
    [InlineData("cuda:0x", "is no device")]
    [InlineData("CPU", "is no device")]
    [InlineData("", "is no device")]
    public void Anything_else_is_refused_with_what_there_is(string wanted, string why) =>
        Assert.Contains(why, Assert.Throws<BadInputException>(() => DeviceChoice.Of(wanted, Two)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_device_on_a_machine_without_one_is_refused_with_the_reason() => Assert.Contains(
        "there is no CUDA driver", Assert.Throws<BadInputException>(() => DeviceChoice.Of("cuda:0", None)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_model_on_the_processor_says_so()
    {
        using var folder = new TemporaryFolder();
        using LoadedModel model = TestModels.Random(folder.File("m"), "abdomen-mr-4");

        Assert.Equal("cpu", model.Device.Name);
        Assert.NotEqual("", model.Device.Reason);
        Assert.Throws<BadInputException>(() => LoadedModel.Load(folder.File("m"), device: "cuda:97"));
    }
}
