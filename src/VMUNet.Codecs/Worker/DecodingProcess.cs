using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace VMUNet.Codecs.Worker;

/// <summary>A child process that decodes frames one after the other. When a frame ends it, that frame is refused and
/// the
/// next one gets a new process. The child ends when its input does, so with its parent.</summary>
internal sealed class DecodingProcess(TimeSpan limit) : IDisposable
{
    private const double SecondsPerMillionSamples = 2;
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Process? _process;

    /// <summary>The one of this program; a frame may take 10 s, and 2 s more a million samples: some damaged JPEG-LS
    /// frames
    /// keep their decoder busy for a quarter of a minute.</summary>
    public static DecodingProcess Shared { get; } = new(DefaultLimit);

    /// <summary>Number of the running child; null before the first frame.</summary>
    public int? ProcessId => _process?.Id;

    /// <exception cref="CodecException">The frame is refused, ended its process, or took too long.</exception>
    public byte[] Decode(string syntax, ReadOnlyMemory<byte> stored, in FrameShape shape)
    {
        var expected = shape.ByteCount;
        var time = limit + TimeSpan.FromSeconds(SecondsPerMillionSamples * expected / shape.BytesAllocated / 1e6);
        lock (_lock)
        {
            var process = _process is { HasExited: false } ? _process : _process = Start();
            using var late = new Timer(_ => Kill(process), null, time, Timeout.InfiniteTimeSpan);
            try
            {
                using var writer = new BinaryWriter(process.StandardInput.BaseStream, System.Text.Encoding.UTF8, true);
                using var reader = new BinaryReader(process.StandardOutput.BaseStream, System.Text.Encoding.UTF8, true);
                FrameMessage.WriteRequest(writer, syntax, stored.Span, shape);
                return FrameMessage.ReadAnswer(reader, expected);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or FormatException)
            {
                Kill(process);
                process.Dispose();
                _process = null;
                throw new CodecException(
                    $"A frame of {syntax} ended the decoding process, or took longer than {time.TotalSeconds:0} s.");
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_process is not null)
            {
                Kill(_process);
                _process.Dispose();
                _process = null;
            }
        }
    }

    /// <summary>Runs this assembly with the runtime, and the runtime settings, of the program that it is part
    /// of.</summary>
    private static Process Start()
    {
        var folder = Path.GetDirectoryName(typeof(DecodingProcess).Assembly.Location)!;
        var program = Assembly.GetEntryAssembly()!.Location;
        var start = new ProcessStartInfo
        {
            FileName = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet")),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var argument in (string[])
            ["exec", "--runtimeconfig", Path.ChangeExtension(program, ".runtimeconfig.json"),
                typeof(DecodingProcess).Assembly.Location])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        var process = Process.Start(start) ?? throw new CodecException("The decoding process cannot be started.");
        process.ErrorDataReceived += static (_, _) => { }; // a full pipe would stop it
        process.BeginErrorReadLine();
        return process;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
