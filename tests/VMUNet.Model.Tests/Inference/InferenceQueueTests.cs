namespace VMUNet.Model.Tests.Inference;

public sealed class InferenceQueueTests
{
    [Fact]
    public async Task Work_runs_on_the_dedicated_threads_and_never_more_at_once_than_there_are()
    {
        using var queue = new InferenceQueue(threads: 2);
        var (running, most) = (0, 0);
        var names = new System.Collections.Concurrent.ConcurrentBag<string?>();
        using var gate = new ManualResetEventSlim();

        var work = Enumerable.Range(0, 6).Select(i => queue.RunAsync(
            _ =>
            {
                names.Add(Thread.CurrentThread.Name);
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                gate.Wait(20, CancellationToken.None);
                Interlocked.Decrement(ref running);
                return i;
            },
            TestContext.Current.CancellationToken)).ToList();
        var results = await Task.WhenAll(work);

        Assert.Equal(Enumerable.Range(0, 6), results);
        Assert.InRange(most, 1, 2);
        Assert.All(names, n => Assert.StartsWith("inference", n, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public async Task The_threads_of_the_process_are_shared_out_and_each_keeps_at_least_one(int threads)
    {
        var process = 0;
        var fresh = new Thread(() => process = TorchRuntime.Threads);
        fresh.Start();
        fresh.Join();
        using var queue = new InferenceQueue(threads);

        var (managed, torch) = await queue.RunAsync(
            _ => (TorchRuntime.Threads, TorchSharp.torch.get_num_threads()), TestContext.Current.CancellationToken);

        Assert.Equal(Math.Max(1, process / threads), managed);
        Assert.Equal(managed, torch);
    }

    [Fact]
    public async Task Faults_and_cancellation_reach_the_caller_and_the_queue_lives_on()
    {
        using var queue = new InferenceQueue();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            queue.RunAsync<int>(_ => throw new InvalidOperationException(), TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.RunAsync(_ => 1, cancelled.Token));

        Assert.Equal(2, await queue.RunAsync(_ => 2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_closed_queue_says_so()
    {
        var queue = new InferenceQueue();
        queue.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.RunAsync(_ => 1, TestContext.Current.CancellationToken));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
