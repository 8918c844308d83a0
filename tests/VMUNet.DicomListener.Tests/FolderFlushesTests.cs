namespace VMUNet.DicomListener.Tests;

/// <summary>One flush serves many, but never one who came after it had begun.</summary>
public sealed class FolderFlushesTests
{
    private const int Followers = 8;

    [Fact]
    public async Task Those_who_come_during_a_flush_share_the_next_one()
    {
        var flushes = 0;
        using var mayEnd = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        var shared = new FolderFlushes(_ =>
        {
            Interlocked.Increment(ref flushes);
            began.Release();
            mayEnd.Wait(TestContext.Current.CancellationToken);
        });

        var first = Started(() => shared.Flush("a"));
        await began.WaitAsync(TestContext.Current.CancellationToken);
        var followers = Enumerable.Range(0, Followers).Select(_ => Started(() => shared.Flush("a"))).ToList();
        SpinWait.SpinUntil(
            () => followers.All(f => f.ThreadState.HasFlag(ThreadState.WaitSleepJoin)), TimeSpan.FromSeconds(30));
        await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        var whileRunning = flushes;
        mayEnd.Set();
        first.Join();
        followers.ForEach(f => f.Join());

        Assert.Equal((1, 2), (whileRunning, flushes));
    }

    [Fact]
    public void Each_call_alone_flushes_by_itself()
    {
        var flushed = new List<string>();
        var shared = new FolderFlushes(flushed.Add);

        shared.Flush("a");
        shared.Flush("b");
        shared.Flush("a");

        Assert.Equal(["a", "b", "a"], flushed);
    }

    [Fact]
    public async Task A_failure_is_told_to_everyone_whom_the_flush_was_to_serve()
    {
        var isRefused = true;
        var shared = new FolderFlushes(_ =>
        {
            if (isRefused)
            {
                Thread.Yield();
                throw new IOException("refused");
            }
        });

        var all = Enumerable.Range(0, Followers).Select(_ => Task.Run(() => shared.Flush("a"))).ToList();
        foreach (var one in all)
        {
            await Assert.ThrowsAsync<IOException>(() => one);
        }

        isRefused = false;
        shared.Flush("a");
    }

    private static Thread Started(ThreadStart work)
    {
        var thread = new Thread(work);
        thread.Start();
        return thread;
    }
}
