using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace VMUNet.Model.Scan;

/// <summary>
/// The backward pass with our own nodes in the graph. An exception that leaves a managed backward method would cross
/// native frames and end the process, so it is kept and thrown again once the native call has returned.
/// </summary>
internal static class Autograd
{
    [ThreadStatic]
    private static FaultBox? _box;

    /// <summary>
    /// Where <see cref="Backward"/>, called on this thread, looks for exceptions. The CPU engine runs the nodes on that same thread; a
    /// device has a thread of its own, so a node there keeps the box of the thread that ran its forward method.
    /// </summary>
    internal static FaultBox BoxOfThisThread => _box ??= new FaultBox();

    /// <summary>loss.backward(), with the exceptions of our own nodes, and without leaving tensors behind.</summary>
    public static void Backward(Tensor loss)
    {
        using DisposeScope scope = NewDisposeScope();
        FaultBox box = BoxOfThisThread;
        box.Fault = null;
        loss.backward();
        ExceptionDispatchInfo? fault = box.Fault;
        box.Fault = null;
        fault?.Throw();
    }

    /// <summary>
    /// Runs a node's backward method on its saved tensors; returns one gradient per argument of its forward method,
    /// null for the last, which is no tensor. The saved tensors are released at once, so a graph can be
    /// walked back only once.
    /// </summary>
    internal static List<Tensor> Guard(
        autograd.AutogradContext context, int arguments, Func<List<Tensor>, List<Tensor?>> backward, FaultBox? box = null)
    {
        var results = new List<Tensor?>(arguments);
        try
        {
            using IDisposable off = no_grad();
            using DisposeScope scope = NewDisposeScope();
            results = backward(context.get_saved_variables());
            foreach (Tensor? result in results)
            {
                result?.MoveToOuterDisposeScope();
            }

            // Else the saved tensors would live until the whole graph goes; the peak of a training step is here.
            context.Dispose();
        }
#pragma warning disable CA1031 // anything: the alternative is the end of the process
        catch (Exception e)
        {
            box ??= BoxOfThisThread;
            box.Fault ??= ExceptionDispatchInfo.Capture(e);
            results.Clear();
        }
#pragma warning restore CA1031

        while (results.Count < arguments)
        {
            results.Add(null);
        }

        return results!;
    }

    /// <summary>The first exception of a backward pass.</summary>
    internal sealed class FaultBox
    {
        public ExceptionDispatchInfo? Fault { get; set; }
    }
}
