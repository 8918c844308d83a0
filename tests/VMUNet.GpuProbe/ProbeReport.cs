using System.Globalization;

namespace VMUNet.GpuProbe;

/// <summary>One line a figure: name, blank, value. Units stand in the names.</summary>
internal sealed class ProbeReport(TextWriter output)
{
    /// <summary>Checks that failed.</summary>
    public int Faults { get; private set; }

    public void Say(string line) => output.WriteLine($"# {line}");

    public void Fact(string name, string value) => output.WriteLine($"{name} {value}");

    public void Number(string name, double value) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {value:G4}"));

    /// <summary>An error that may not be larger than allowed.</summary>
    public void Check(string name, double error, double allowed)
    {
        bool isGood = error <= allowed;
        Faults += isGood ? 0 : 1;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {error:E1} {(isGood ? "ok" : "WRONG")}, allowed {allowed:E1}"));
    }

    public void Fault(string what)
    {
        Faults++;
        output.WriteLine($"WRONG: {what}");
    }
}
