namespace VMUNet.Benchmarks.Fuzz;

/// <summary>Something that takes hostile bytes.</summary>
/// <param name="Name">Its name in the results.</param>
/// <param name="Share">How many of a hundred thousand inputs it gets.</param>
/// <param name="Seeds">Legal inputs to start from.</param>
/// <param name="Take">Takes an input: true when it was legal, false when it was refused in the foreseen way. Any
/// exception
/// is a defect; so is a property that does not hold, which it throws.</param>
internal sealed record FuzzTarget(string Name, int Share, byte[][] Seeds, Func<byte[], bool> Take);

/// <summary>A property that an input broke.</summary>
internal sealed class PropertyBroken(string message) : Exception(message);
