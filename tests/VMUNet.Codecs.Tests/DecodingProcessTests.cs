using System.Diagnostics;
using CsCheck;
using VMUNet.Codecs.Native;
using VMUNet.Codecs.Worker;

namespace VMUNet.Codecs.Tests;

public sealed class DecodingProcessTests
{
    private const string JpegLs = "1.2.840.10008.1.2.4.80";
    private const string Jpeg2000 = "1.2.840.10008.1.2.4.90";

    private static readonly FrameShape Small = new()
    {
        Rows = 4,
        Columns = 4,
        SamplesPerPixel = 1,
        BitsAllocated = 8,
    };

    // ISO/IEC 14495-1 annex H.3's example, 4 x 4 samples of 8 bits; DCMTK's encoder writes the same bytes.
    private static readonly byte[] JpegLsExample = Convert.FromHexString(
        "FFD8FFF7000B080004000401011100FFDA0008010100000000"
        + "C000006C80208E01C0000057400000" + "6EE6000001BC18000005D800009160FFD9");

    private static readonly byte[] JpegLsSamples =
        [0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145];

    [Fact]
    public void The_example_of_the_JPEG_LS_standard_is_decoded_in_another_process()
    {
        Need(JpegLs);
        using var process = new DecodingProcess(TimeSpan.FromSeconds(60));

        var frame = process.Decode(JpegLs, JpegLsExample, Small);

        Assert.Equal(JpegLsSamples, frame);
        Assert.NotEqual(Environment.ProcessId, process.ProcessId);
        Assert.DoesNotContain("libcharls", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
        Assert.Contains("libcharls", File.ReadAllText($"/proc/{process.ProcessId}/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_frame_is_refused_and_the_same_process_goes_on()
    {
        Need(JpegLs);
        using var process = new DecodingProcess(TimeSpan.FromSeconds(60));
        process.Decode(JpegLs, JpegLsExample, Small);
        var id = process.ProcessId;

        Assert.Throws<CodecException>(() => process.Decode(JpegLs, JpegLsExample.AsMemory(0, 30), Small));
        Assert.Throws<CodecException>(() => process.Decode(JpegLs, JpegLsExample, Small with { Rows = 5 }));
        Assert.Throws<CodecException>(() => process.Decode(Jpeg2000, new byte[100], Small));

        Assert.Equal(JpegLsSamples, process.Decode(JpegLs, JpegLsExample, Small));
        Assert.Equal(id, process.ProcessId);
    }

    [Fact]
    public void A_JPEG_LS_frame_without_end_marker_gets_one_before_the_library_sees_it()
    {
        Need(JpegLs);
        using var process = new DecodingProcess(TimeSpan.FromSeconds(60));
        var endless = JpegLsExample[..^2];

        Assert.Equal(JpegLsExample, CharLs.WithEnd(endless));
        Assert.Same(JpegLsExample, CharLs.WithEnd(JpegLsExample));
        byte[] padded = [.. JpegLsExample, 0];
        Assert.Same(padded, CharLs.WithEnd(padded));
        Assert.Equal(JpegLsSamples, process.Decode(JpegLs, endless, Small));
    }

    [Fact]
    public void After_its_process_ended_the_next_frame_gets_a_new_one()
    {
        Need(JpegLs);
        using var process = new DecodingProcess(TimeSpan.FromSeconds(60));
        process.Decode(JpegLs, JpegLsExample, Small);
        var first = process.ProcessId!.Value;

        using (var child = Process.GetProcessById(first))
        {
            child.Kill();
            child.WaitForExit();
        }

        Assert.Equal(JpegLsSamples, process.Decode(JpegLs, JpegLsExample, Small));
        Assert.NotEqual(first, process.ProcessId);
    }

    [Fact]
    public void A_frame_that_takes_too_long_is_refused_and_its_process_ended()
    {
        Need(JpegLs);
        using var process = new DecodingProcess(TimeSpan.FromMilliseconds(1));

        var e = Assert.Throws<CodecException>(() => process.Decode(JpegLs, JpegLsExample, Small));

        Assert.Contains(JpegLs, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_change_of_a_frame_is_decoded_or_refused()
    {
        Need(JpegLs);
        using var process = new DecodingProcess(TimeSpan.FromSeconds(60));

        Gen.Select(Gen.Int[0, JpegLsExample.Length - 1], Gen.Byte).Array[1, 4].Sample(
            damage =>
            {
                var bytes = JpegLsExample.ToArray();
                foreach (var (at, value) in damage)
                {
                    bytes[at] = value;
                }

                try
                {
                    Assert.Equal(16, process.Decode(JpegLs, bytes, Small).Length);
                }
                catch (CodecException)
                {
                    // A definite answer.
                }
            },
            iter: 2_000, threads: 1);
    }

    private static void Need(string syntax) =>
        Assert.SkipUnless(FrameCodec.CanDecode(syntax), $"install {FrameCodec.MissingPackage(syntax)} for {syntax}");
}
