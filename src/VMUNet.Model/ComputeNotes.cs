namespace VMUNet.Model;

/// <summary>What this room has to say about devices: one line each time a choice is made or something faster cannot be used.</summary>
public static class ComputeNotes
{
    private static Action<string> _sink = line => Console.Error.WriteLine($"vmunet: {line}");

    /// <summary>Where compiled kernels are kept. Default: vmunet under the user's local data.</summary>
    public static string CacheFolder { get; set; } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "vmunet");

    /// <summary>Sends the lines somewhere else than standard error, to a log.</summary>
    /// <param name="sink">Takes one line; called on any thread.</param>
    public static void SendTo(Action<string> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _sink = sink;
    }

    /// <summary>Says a line.</summary>
    internal static void Say(string line) => _sink(line);
}
