using VMUNet.Codecs.Native;

namespace VMUNet.Codecs.Tests;

public sealed class NativeLibrariesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vmunet-codecs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_library_that_is_not_there_is_not_found()
    {
        Assert.Null(new NativeLibraries([_folder]).Find(NativeLibraries.CharLs));
    }

    [Theory]
    [InlineData("libopenjp2.so.2.4.0", true, false)]
    [InlineData("libopenjp2.so.2.5.0", true, true)]
    [InlineData("libopenjp2.so.2.5.3", true, true)]
    [InlineData("libopenjp2.so.2.10.0", true, true)]
    public void High_throughput_needs_a_newer_library_than_JPEG_2000(string file, bool jpeg2000, bool highThroughput)
    {
        File.WriteAllText(Path.Combine(_folder, file), "");
        File.CreateSymbolicLink(Path.Combine(_folder, "libopenjp2.so.7"), file);
        var libraries = new NativeLibraries(["/nowhere", _folder]);

        Assert.Equal(jpeg2000, libraries.Find(NativeLibraries.OpenJpeg) is not null);
        Assert.Equal(highThroughput, libraries.Find(NativeLibraries.OpenJpegHighThroughput) is not null);
    }

    [Fact]
    public void Managed_decoders_need_no_package()
    {
        foreach (var suffix in (string[])["5", "4.50", "4.51", "4.57", "4.70"])
        {
            Assert.True(FrameCodec.CanDecode("1.2.840.10008.1.2." + suffix));
        }

        Assert.False(FrameCodec.CanDecode("1.2.840.10008.1.2.4.100"));
        Assert.Null(FrameCodec.MissingPackage("1.2.840.10008.1.2.4.100"));
    }
}
