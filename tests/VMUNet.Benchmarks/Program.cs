using System.Text.Json;
using VMUNet.Benchmarks;
using VMUNet.Model;

// One measurement a process, one flat JSON object on standard output, progress on standard error.
TorchRuntime.Configure(1);
var results = new SortedDictionary<string, double>(StringComparer.Ordinal);
args = [.. args.Where(a => a != "--json")]; // the result is JSON in any case
switch (args)
{
    case ["scan"]:
        ScanBenchmark.Run(results);
        break;
    case ["model", ..]:
        ModelBenchmark.Run(results, args);
        break;
    default:
        Console.Error.WriteLine("Usage: vmunet bench scan | model [--long]");
        return 2;
}

Console.WriteLine(JsonSerializer.Serialize(results));
return 0;
