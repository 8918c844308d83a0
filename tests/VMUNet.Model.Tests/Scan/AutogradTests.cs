using TorchSharp;
using VMUNet.Model.Scan;
using static TorchSharp.torch;

namespace VMUNet.Model.Tests;

public sealed class AutogradTests
{
    [Fact]
    public void An_exception_in_a_managed_backward_method_reaches_the_caller()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(3).requires_grad_(true);

        Tensor loss = Failing.apply(x).sum();

        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => Autograd.Backward(loss));
        Assert.Equal("on purpose", thrown.Message);
    }

    [Fact]
    public void The_pass_after_a_failed_one_works()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = ones(3).requires_grad_(true);
        Assert.Throws<InvalidOperationException>(() => Autograd.Backward(Failing.apply(x).sum()));
        Tensor y = ones(3).requires_grad_(true);

        Autograd.Backward((y * 2).sum());

        Assert.Equal(2f, y.grad![0].item<float>());
    }

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_for_backward([(Tensor)vars[0]]);
            return (Tensor)vars[0] * 2;
        }

        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) =>
            Autograd.Guard(ctx, 1, _ => throw new InvalidOperationException("on purpose"));
    }
}
