using VMUNet.Imaging;

namespace VMUNet.Model.Tests.Training;

public sealed class TrainingOptionsTests
{
    [Fact]
    public void Options_survive_the_way_to_a_child_process()
    {
        var options = SyntheticData.Options("d", "o") with { Augmentation = AugmentationRecipe.AxialSlice, CuratedData = "c" };

        Assert.Equal(options.ToJson(), TrainingOptions.FromJson(options.ToJson()).ToJson());
    }

    [Theory]
    [InlineData("""{"task":"t","data":"d","out":"o","stages":[],"peek_rate":1}""")]
    [InlineData("""{"task":"t","data":"d","out":"o","stages":[],"seed":1,"seed":2}""")]
    [InlineData("""{"task":"t"}""")]
    [InlineData("nonsense")]
    public void A_mistyped_repeated_or_missing_setting_is_refused(string json) =>
        Assert.Throws<BadInputException>(() => TrainingOptions.FromJson(json));
}
