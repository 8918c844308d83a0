using System.Text;
using TorchSharp;
using VMUNet.Build;

namespace VMUNet.Model.Tests;

public sealed class TorchNativeTests
{
    private static byte[] DeliveredLibrary() =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));

    [Fact]
    public void The_native_library_loads_and_computes()
    {
        using torch.Tensor t = torch.tensor([1f, 2f, 3f]);
        using torch.Tensor sum = t.sum();

        Assert.Equal(6f, sum.item<float>());
    }

    [Fact]
    public void The_delivered_library_carries_the_change_and_a_second_change_alters_nothing()
    {
        byte[] file = DeliveredLibrary();
        byte[] before = [.. file];

        bool changed = TorchNativeElf.Patch(file);

        Assert.False(changed);
        Assert.Equal(before, file);
        Assert.True(file.AsSpan().IndexOf("_ZNSt8ios_base4InitC1Ev\0"u8) > 0);
        Assert.True(file.AsSpan().IndexOf("_ZSt21ios_base_library_initv\0"u8) < 0);
    }

    [Fact]
    public void A_file_that_is_no_library_is_refused()
    {
        byte[] text = Encoding.ASCII.GetBytes(new string('x', 4096));

        Assert.Throws<InvalidDataException>(() => TorchNativeElf.Patch(text));
    }

    [Theory]
    [InlineData("libtorch_global_deps.so")]
    [InlineData("libtorch.so")]
    public void A_library_without_exactly_that_symbol_is_refused(string name)
    {
        byte[] other = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, name));
        byte[] before = [.. other];

        Assert.Throws<InvalidDataException>(() => TorchNativeElf.Patch(other));
        Assert.Equal(before, other);
    }
}
