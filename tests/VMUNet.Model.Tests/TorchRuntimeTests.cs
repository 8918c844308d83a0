using System.Runtime.InteropServices;
using TorchSharp;

namespace VMUNet.Model.Tests;

public sealed partial class TorchRuntimeTests
{
    [Fact]
    public void Native_code_sees_the_passive_wait_policy()
    {
        Assert.Equal("PASSIVE", Marshal.PtrToStringUTF8(GetEnvironment("OMP_WAIT_POLICY")));
    }

    [Fact]
    public void A_number_of_threads_holds_for_the_thread_that_asked_for_it()
    {
        int process = TorchRuntime.Threads, inside = 0, torchInside = 0;
        var thread = new Thread(() =>
        {
            TorchRuntime.UseOnThisThread(process + 1);
            inside = TorchRuntime.Threads;
            torchInside = torch.get_num_threads();
        });

        thread.Start();
        thread.Join();

        Assert.Equal(process + 1, inside);
        Assert.Equal(process + 1, torchInside);
        Assert.Equal(process, TorchRuntime.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => TorchRuntime.UseOnThisThread(0));
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnvironment(string name);
}
