using System.Globalization;
using CsCheck;

namespace VMUNet.Model.Tests.Inference;

public sealed class SliceStreamTests
{
    [Fact]
    public void The_next_batch_is_prepared_while_the_device_works_in_two_buffers_that_take_turns()
    {
        var work = new Recorded(fits: 64);

        int batch = SliceStream.Run(work, 5, 2, Assert.Fail, CancellationToken.None);

        Assert.Equal(2, batch);
        Assert.Equal(
            ["fill a 0+2", "start a 2", "fill b 2+2", "finish a 0+2", "start b 2", "fill a 4+1", "finish b 2+2", "start a 1", "finish a 4+1"],
            work.Calls);
    }

    [Fact]
    public void A_batch_that_does_not_fit_is_halved_until_it_does_and_stays_so()
    {
        var work = new Recorded(fits: 3);
        var said = new List<string>();

        int batch = SliceStream.Run(work, 40, 16, said.Add, CancellationToken.None);

        Assert.Equal(2, batch);
        Assert.Equal(Enumerable.Range(0, 40), work.Taken);
        Assert.Equal(3, said.Count);
        Assert.Contains("16 slices at once do not fit the device's memory, now 8", said[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_runs_out_late_halves_too_and_no_slice_is_lost_or_done_twice() =>
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 64], Gen.Int[1, 64], Gen.Int[0, 10], Gen.Bool).Sample((slices, batch, fits, late, inFinish) =>
        {
            var work = new Recorded(fits, late, inFinish);

            int left = SliceStream.Run(work, slices, batch, _ => { }, CancellationToken.None);

            Assert.Equal(Enumerable.Range(0, slices), work.Taken);
            Assert.InRange(left, 1, batch);
        });

    [Fact]
    public void When_not_even_one_slice_fits_the_device_says_so() =>
        Assert.Throws<DeviceMemoryException>(() => SliceStream.Run(new Recorded(fits: 0), 3, 4, _ => { }, CancellationToken.None));

    [Fact]
    public void Another_fault_is_not_taken_for_a_lack_of_memory()
    {
        Assert.True(DeviceMemoryException.IsMeantBy(new InvalidOperationException("CUDA out of memory. Tried to allocate 2.00 GiB")));
        Assert.False(DeviceMemoryException.IsMeantBy(new InvalidOperationException("CUDA error: an illegal memory access was encountered")));
    }

    [Fact]
    public void It_stops_between_batches_when_asked_to()
    {
        using var source = new CancellationTokenSource();
        var work = new Recorded(fits: 64, onFinish: source.Cancel);

        Assert.Throws<OperationCanceledException>(() => SliceStream.Run(work, 10, 2, Assert.Fail, source.Token));
        Assert.Equal(2, work.Taken.Count);
    }

    [Theory]
    [InlineData(139_000_000_000, 64)]
    [InlineData(1_000_000_000, 8)]
    [InlineData(1_000, 1)]
    public void The_batch_follows_the_free_memory(long free, int least)
    {
        var config = new ModelConfig { Classes = 9 };

        int batch = BatchSize.For(config, 256, free);

        Assert.InRange(batch, least, 64);
        Assert.True(batch == 1 || batch * BatchSize.BytesPerSlice(config, 256) <= free);
    }

    [Fact]
    public void A_slice_needs_at_least_the_four_directions_of_its_first_scan_and_more_at_a_larger_size()
    {
        var config = new ModelConfig { Classes = 9 };

        Assert.True(BatchSize.BytesPerSlice(config, 256) > 4L * 4 * 64 * 64 * 192);
        Assert.Equal(4.0, (double)BatchSize.BytesPerSlice(config, 512) / BatchSize.BytesPerSlice(config, 256), 3);
    }

    /// <summary>A device that takes so many slices at once, writing down what it is asked.</summary>
    private sealed class Recorded(int fits, int late = 0, bool inFinish = false, Action? onFinish = null) : ISliceWork
    {
        private readonly (int From, int Count)[] _filled = new (int, int)[2];
        private int _started = -1, _startedCount, _calls;

        public List<string> Calls { get; } = [];

        public List<int> Taken { get; } = [];

        public void Fill(int buffer, int from, int count)
        {
            Assert.NotEqual(buffer, _started); // the device may still read it
            _filled[buffer] = (from, count);
            Say($"fill {Name(buffer)} {from}+{count}");
        }

        public void Start(int buffer, int count)
        {
            Assert.Equal(-1, _started);
            Assert.Equal(_filled[buffer].Count, count);
            Say($"start {Name(buffer)} {count}");
            if (!inFinish)
            {
                DemandMemory(count);
            }

            (_started, _startedCount) = (buffer, count);
        }

        public void Finish(int buffer, int from, int count)
        {
            Assert.Equal((buffer, count), (_started, _startedCount));
            Assert.Equal((from, count), _filled[buffer]);
            _started = -1;
            if (inFinish)
            {
                DemandMemory(count);
            }

            Say($"finish {Name(buffer)} {from}+{count}");
            Taken.AddRange(Enumerable.Range(from, count));
            onFinish?.Invoke();
        }

        private static string Name(int buffer) => buffer == 0 ? "a" : "b";

        private void DemandMemory(int count)
        {
            if (count > fits && ++_calls > (fits > 0 ? late : 0))
            {
                throw new DeviceMemoryException("CUDA out of memory", new InvalidOperationException());
            }
        }

        private void Say(FormattableString call) => Calls.Add(call.ToString(CultureInfo.InvariantCulture));
    }
}
