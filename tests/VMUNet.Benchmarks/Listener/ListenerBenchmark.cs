using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using VMUNet.Dimse;

namespace VMUNet.Benchmarks.Listener;

/// <summary>
/// 400 CT slices over 4 associations, to the product's own process and to others, one after the other in every round so
/// that the machine's mood is shared. PostgreSQL takes part in the work and is left out of processor time and memory.
/// Others are measured where they are installed: DCMTK's storescp, and Orthanc with its storage synced; and another build of
/// the product where <c>--against</c> names its program.
/// </summary>
internal sealed class ListenerBenchmark
{
    private const int Slices = 400;
    private const int Associations = 4;
    private const int Silent = 200;
    private const int WarmUpRounds = 5;

    private readonly int _rounds;
    private readonly string[] _only;
    private readonly string _folder;
    private readonly string _host;
    private readonly string? _against;

    public ListenerBenchmark(string[] options)
    {
        _rounds = int.Parse(Option(options, "--rounds") ?? "5", CultureInfo.InvariantCulture);
        _only = Option(options, "--only")?.Split(',') ?? [];
        _against = Option(options, "--against");
        _folder = Directory.CreateTempSubdirectory("vmunet-bench-").FullName;
        _host = Path.Combine(Environment.GetEnvironmentVariable("VMUNET_HOME") ?? Directory.GetCurrentDirectory(),
            "src/VMUNet.Host/bin/Release/net10.0/linux-x64/VMUNet.Host");
    }

    public async Task RunAsync(SortedDictionary<string, double> results)
    {
        try
        {
            using var durable = await StartProductAsync(_host, "durable", isDurable: true);
            using var quick = await StartProductAsync(_host, "nondurable", isDurable: false);
            using var durableBefore = _against is null ? null : await StartProductAsync(_against, "against", isDurable: true);
            using var quickBefore = _against is null ? null : await StartProductAsync(_against, "against-quick", isDurable: false);
            using var bare = await MeasuredProcess.StartAsync(
                Environment.ProcessPath!, ["bare-receiver", Path.Combine(_folder, "bare")]);
            using var storescp = IsWanted("dcmtk.storescp") ? await StartStoreScpAsync() : null;
            using var orthanc = IsWanted("orthanc.durable") ? await StartOrthancAsync() : null;
            List<Receiver> receivers =
            [
                new("raw.write_flush", "raw.", bare, (s, i) =>
                    BareReceiver.SendAsync(bare.Port, s.Select(x => x.Bytes))),
                new("listener.durable", "listener.", durable, (s, i) => SendAsync(durable.Port, "VMUNET", s)),
                new("listener.nondurable", "listener.nondurable.", quick, (s, i) => SendAsync(quick.Port, "VMUNET", s)),
            ];
            AddOther(receivers, "against.durable", durableBefore, "VMUNET");
            AddOther(receivers, "against.nondurable", quickBefore, "VMUNET");
            AddOther(receivers, "dcmtk.storescp", storescp);
            AddOther(receivers, "orthanc.durable", orthanc);
            receivers.RemoveAll(r => !IsWanted(r.Name));
            await MeasureAsync(receivers, durable, results);
            results["listener.echo_among_200_silent_ms"] = await EchoAmongSilentAsync(durable.Port);
            Ratios(results);
        }
        finally
        {
            // For root the cluster lies where the server's user may reach it, and the data folder holds a link to it.
            foreach (var data in Directory.EnumerateDirectories(_folder))
            {
                if (new DirectoryInfo(Path.Combine(data, "postgres")).LinkTarget is { } cluster)
                {
                    Directory.Delete(cluster, recursive: true);
                }
            }

            Directory.Delete(_folder, recursive: true);
        }
    }

    private async Task MeasureAsync(
        List<Receiver> receivers, MeasuredProcess durable, SortedDictionary<string, double> results)
    {
        // Compiles what is hot: a listener runs for months, and its first second is not its speed.
        for (var i = 0; i < WarmUpRounds; i++)
        {
            var first = CtSeries.Make(Slices);
            foreach (var receiver in receivers)
            {
                await RoundAsync(receiver, first);
            }
        }

        for (var round = 0; round < _rounds; round++)
        {
            var series = CtSeries.Make(Slices);
            foreach (var receiver in receivers)
            {
                await RoundAsync(receiver, series, round);
            }

            if (round == 0)
            {
                results["listener.rss_first_round_mb"] = durable.MostMegabytes;
            }
        }

        foreach (var receiver in receivers)
        {
            results[$"{receiver.Name}.mb_per_s"] = Median(receiver.Speeds);
            results[$"{receiver.Prefix}cpu_s"] = Median(receiver.ProcessorSeconds);
        }

        results["listener.rounds"] = _rounds;
        results["listener.rss_mb"] = durable.MostMegabytes;
    }

    private static async Task RoundAsync(Receiver receiver, (string Uid, byte[] Bytes)[] series, int round = -1)
    {
        var processor = receiver.Process.ProcessorSeconds;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Associations).Select(a => Task.Run(
            () => receiver.Send(series.Where((_, i) => i % Associations == a), a))));
        var seconds = watch.Elapsed.TotalSeconds;
        if (round >= 0)
        {
            receiver.Speeds.Add(series.Sum(s => (long)s.Bytes.Length) / 1e6 / seconds);
            receiver.ProcessorSeconds.Add(receiver.Process.ProcessorSeconds - processor);
            Console.Error.WriteLine(
                $"round {round + 1}: {receiver.Name} {receiver.Speeds[^1]:0.0} MB/s, "
                + $"{receiver.ProcessorSeconds[^1]:0.00} s of processor time");
        }
    }

    private static async Task SendAsync(int port, string called, IEnumerable<(string Uid, byte[] Bytes)> series)
    {
        await using var client = await DimseClient.ConnectAsync(Options(port, called), CancellationToken.None);
        foreach (var (uid, bytes) in series)
        {
            var status = await client.StoreAsync(SopClasses.CtImage, uid, TransferSyntaxes.ExplicitLittleEndian,
                new MemoryStream(bytes), bytes.Length, CancellationToken.None);
            if (status.Code != 0)
            {
                throw new InvalidOperationException($"a slice was answered {status}");
            }
        }

        await client.ReleaseAsync(CancellationToken.None);
    }

    private static DimseClientOptions Options(int port, string called) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        CalledAe = called,
        CallingAe = "BENCH",
        Contexts =
        [
            new(SopClasses.Verification, [TransferSyntaxes.ImplicitLittleEndian]),
            new(SopClasses.CtImage, [TransferSyntaxes.ExplicitLittleEndian]),
        ],
    };

    private static async Task<double> EchoAmongSilentAsync(int port)
    {
        var sockets = new List<Socket>();
        for (var i = 0; i < Silent; i++)
        {
            sockets.Add(new Socket(SocketType.Stream, ProtocolType.Tcp));
            await sockets[^1].ConnectAsync(IPAddress.Loopback, port);
        }

        var watch = Stopwatch.StartNew();
        await using var client = await DimseClient.ConnectAsync(Options(port, "VMUNET"), CancellationToken.None);
        await client.EchoAsync(CancellationToken.None);
        var taken = watch.Elapsed.TotalMilliseconds;
        sockets.ForEach(s => s.Dispose());
        return taken;
    }

    private static void AddOther(List<Receiver> receivers, string name, MeasuredProcess? process, string called = "ANY")
    {
        if (process is not null)
        {
            receivers.Add(new(name, name + ".", process, (s, i) => SendAsync(process.Port, called, s)));
        }
    }

    private Task<MeasuredProcess> StartProductAsync(string host, string name, bool isDurable) => MeasuredProcess.StartAsync(
        host,
        [
            "up", "--roles", "listener", "--data-dir", Path.Combine(_folder, name), "--dicom-port", "0", "--web-port",
                "0",
        ],
        new() { ["Listener__IsDurable"] = isDurable ? "true" : "false", ["Listener__DiskReserveBytes"] = "1048576" });

    private async Task<MeasuredProcess?> StartStoreScpAsync()
    {
        if (OnPath("storescp") is not { } program)
        {
            return null;
        }

        var folder = Directory.CreateDirectory(Path.Combine(_folder, "storescp")).FullName;
        var port = FreePort();
        return await MeasuredProcess.StartOtherAsync(program,
            ["--fork", "-od", folder, port.ToString(CultureInfo.InvariantCulture)], port,
                new() { ["TCP_NODELAY"] = "1" });
    }

    private async Task<MeasuredProcess?> StartOrthancAsync()
    {
        if (OnPath("Orthanc") is not { } program)
        {
            return null;
        }

        var folder = Directory.CreateDirectory(Path.Combine(_folder, "orthanc")).FullName;
        var port = FreePort();
        var settings = new Dictionary<string, object>
        {
            ["StorageDirectory"] = folder,
            ["IndexDirectory"] = folder,
            ["DicomPort"] = port,
            ["DicomCheckCalledAet"] = false,
            ["DicomAlwaysAllowStore"] = true,
            ["HttpServerEnabled"] = false,
            ["SyncStorageArea"] = true,
            ["Plugins"] = Array.Empty<string>(),
        };
        var path = Path.Combine(folder, "orthanc.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(settings));
        return await MeasuredProcess.StartOtherAsync(program, [path], port);
    }

    private static void Ratios(SortedDictionary<string, double> r)
    {
        Ratio(r, "ratio.durable_to_raw", "listener.durable.mb_per_s", "raw.write_flush.mb_per_s");
        Ratio(r, "ratio.cpu_to_raw", "listener.cpu_s", "raw.cpu_s");
        Ratio(r, "ratio.nondurable_to_storescp", "listener.nondurable.mb_per_s", "dcmtk.storescp.mb_per_s");
        Ratio(r, "ratio.durable_to_orthanc", "listener.durable.mb_per_s", "orthanc.durable.mb_per_s");
        Ratio(r, "ratio.durable_to_against", "listener.durable.mb_per_s", "against.durable.mb_per_s");
        Ratio(r, "ratio.nondurable_to_against", "listener.nondurable.mb_per_s", "against.nondurable.mb_per_s");
    }

    private static void Ratio(SortedDictionary<string, double> r, string name, string ours, string theirs)
    {
        if (r.TryGetValue(ours, out var own) && r.TryGetValue(theirs, out var other))
        {
            r[name] = own / other;
        }
    }

    // Of the receivers named by --only; all without it.
    private bool IsWanted(string name) => _only.Length == 0 || _only.Contains(name);

    private static string? Option(string[] options, string name) =>
        Array.IndexOf(options, name) is >= 0 and var at ? options[at + 1] : null;

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static string? OnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed record Receiver(
        string Name, string Prefix, MeasuredProcess Process, Func<IEnumerable<(string Uid, byte[] Bytes)>, int,
            Task> Send)
    {
        public List<double> Speeds { get; } = [];

        public List<double> ProcessorSeconds { get; } = [];
    }
}
