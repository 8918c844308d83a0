using System.Globalization;
using VMUNet.GpuProbe;
using VMUNet.Model.Scan.Cuda;

// gpu-probe [kernel|network|all] [--torch FOLDER] [--device N]
// Exit code: 0 all that was asked for ran and is right, 1 something is wrong, 2 wrong usage, 3 nothing to run on.
string mode = "all";
string? torch = null;
int device = 0;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "kernel" or "network" or "all":
            mode = args[i];
            break;
        case "--torch" when i + 1 < args.Length:
            torch = args[++i];
            break;
        case "--device" when i + 1 < args.Length && int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out device):
            i++;
            break;
        default:
            Console.Error.WriteLine("usage: gpu-probe [kernel|network|all] [--torch FOLDER_OF_LIBTORCH] [--device N]");
            return 2;
    }
}

var report = new ProbeReport(Console.Out);
if (CudaDriver.Find(out string why) is not { } driver || device >= driver.Devices)
{
    report.Say($"no GPU: {(why.Length > 0 ? why : string.Create(CultureInfo.InvariantCulture, $"there is no device {device}"))}. Nothing was run, nothing is measured.");
    return 3;
}

report.Fact("device.name", driver.NameOf(device));
report.Number("device.capability", driver.CapabilityOf(device) / 10.0);
report.Number("device.processors", driver.ProcessorsOf(device));
report.Number("device.driver_cuda", driver.Version / 1000.0);
if (mode is "kernel" or "all")
{
    new KernelProbe(driver, device, report).Run();
}

if (mode is "network" or "all")
{
    new NetworkProbe(device, report).Run(torch);
}

report.Say(report.Faults == 0 ? "all checks passed" : string.Create(CultureInfo.InvariantCulture, $"{report.Faults} checks failed"));
return report.Faults == 0 ? 0 : 1;
