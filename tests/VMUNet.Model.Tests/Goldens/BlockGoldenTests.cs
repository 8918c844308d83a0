using TorchSharp;
using TorchSharp.Modules;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests.Goldens;

/// <summary>One SS2D and one VSS block against the official code.</summary>
public sealed class BlockGoldenTests
{
    [Theory]
    [MemberData(nameof(ScanGoldenTests.Implementations), MemberType = typeof(ScanGoldenTests))]
    public void An_SS2D_gives_the_official_output_and_gradients(string implementation)
    {
        using var block = new Ss2d(24, 16, Scan(implementation));

        Check("ss2d", block);
    }

    [Theory]
    [MemberData(nameof(ScanGoldenTests.Implementations), MemberType = typeof(ScanGoldenTests))]
    public void A_VSS_block_gives_the_official_output_and_gradients(string implementation)
    {
        using var block = new VssBlock(40, 16, 0, Scan(implementation), new DropPathDraws(1));

        Check("vssblock", block);
    }

    private static ISelectiveScan Scan(string implementation) => ScanGoldenTests.Scan(implementation);

    private static void Check(string file, nn.Module<Tensor, Tensor> block)
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> golden = Golden.Read(file);
        using (no_grad())
        {
            foreach ((string name, Parameter parameter) in block.named_parameters())
            {
                Assert.Equal(golden["param." + name].shape, parameter.shape);
                parameter.copy_(golden["param." + name]);
            }
        }

        int expected = golden.Keys.Count(k => k.StartsWith("param.", StringComparison.Ordinal));
        Assert.Equal(expected, block.parameters().Count());
        Tensor input = golden["input"].requires_grad_(true);

        Tensor output = block.forward(input);
        Autograd.Backward((output * golden["grad_out"]).sum());

        Golden.Close(output.detach(), golden["output"], 5e-6, "output");
        Golden.Close(input.grad!, golden["grad.input"], 1e-5, "input");
        foreach ((string name, Parameter parameter) in block.named_parameters())
        {
            Golden.Close(parameter.grad!, golden["grad." + name], 1e-5, name);
        }
    }
}
