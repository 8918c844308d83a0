using VMUNet.Imaging;

namespace VMUNet.Model.Tests.Tasks;

public sealed class TaskDefinitionTests
{
    [Fact]
    public void The_build_knows_three_tasks() =>
        Assert.Equal(["abdomen-ct-8", "abdomen-mr-4", "lesion-dermoscopy"], TaskDefinition.All.Select(t => t.Name));

    [Theory]
    [InlineData("lesion-dermoscopy", TaskKind.Picture, "XC", 1, "lesion")]
    [InlineData("abdomen-mr-4", TaskKind.Volume, "MR", 5, "liver,right-kidney,left-kidney,spleen")]
    [InlineData("abdomen-ct-8", TaskKind.Volume, "CT", 9, "aorta,gallbladder,left-kidney,right-kidney,liver,pancreas,spleen,stomach")]
    public void Labels_stand_in_the_order_of_the_data(string name, TaskKind kind, string modality, int classes, string labels)
    {
        var task = TaskDefinition.Get(name);

        Assert.Equal((kind, modality, classes), (task.Kind, task.Modality, task.Classes));
        Assert.Equal(labels.Split(','), task.Labels.Select(l => l.Name));
        Assert.Equal(Enumerable.Range(1, task.Labels.Count), task.Labels.Select(l => (int)l.Value));
    }

    [Fact]
    public void Sides_are_coded_by_modifier_and_exchange_each_other()
    {
        var task = TaskDefinition.Get("abdomen-mr-4");
        var right = task.Labels.Single(l => l.Name == "right-kidney");
        var left = task.Labels.Single(l => l.Name == "left-kidney");

        Assert.Equal("24028007", right.Modifier!.Value);
        Assert.Equal("7771000", left.Modifier!.Value);
        Assert.Equal(right.Type, left.Type);
        Assert.Equal(left.Value, task.Exchange[right.Value]);
        Assert.Equal(right.Value, task.Exchange[left.Value]);
    }

    [Fact]
    public void The_lesion_carries_its_anatomic_region()
    {
        var lesion = TaskDefinition.Get("lesion-dermoscopy").Labels[0];

        Assert.Equal("49755003", lesion.Category.Value);
        Assert.Equal("39937001", lesion.AnatomicRegion!.Value);
        Assert.Equal(new Rgb(245, 130, 48), lesion.Colour);
    }

    [Fact]
    public void An_unknown_task_is_refused_with_the_known_names() =>
        Assert.Contains(
            "abdomen-mr-4", Assert.Throws<BadInputException>(() => TaskDefinition.Get("x")).Message, StringComparison.Ordinal);
}
