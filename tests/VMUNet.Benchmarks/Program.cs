using System.Text.Json;
using VMUNet.Benchmarks;
using VMUNet.Benchmarks.Fuzz;
using VMUNet.Benchmarks.Listener;
using VMUNet.Model;

// One measurement a process, one flat JSON object on standard output, progress on standard error.
var results = new SortedDictionary<string, double>(StringComparer.Ordinal);
args = [.. args.Where(a => a != "--json")]; // the result is JSON in any case
var code = 0;
const string Usage =
    "Usage: vmunet bench scan | model [--long] | listener [--rounds N] [--only NAME,...] [--against PROGRAM] | imaging | fuzz [--minutes N]";
if (args.Contains("--help"))
{
    Console.WriteLine(Usage);
    return 0;
}

switch (args)
{
    case ["scan"]:
        TorchRuntime.Configure(1);
        ScanBenchmark.Run(results);
        break;
    case ["model", ..]:
        TorchRuntime.Configure(1);
        ModelBenchmark.Run(results, args);
        break;
    case ["listener", .. var options]:
        await new ListenerBenchmark(options).RunAsync(results);
        break;
    case ["bare-receiver", var folder]: // the process that "listener" is measured against
        await BareReceiver.RunAsync(folder);
        return 0;
    case ["fuzz", .. var options]:
        code = await FuzzCommand.RunAsync(options, results);
        break;
    case ["imaging"]:
        ImagingBenchmark.Run(results);
        break;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

Console.WriteLine(JsonSerializer.Serialize(results));
return code;
