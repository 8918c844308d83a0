using VMUNet.Imaging;

namespace VMUNet.Model.Checkpoints;

/// <summary>How offered tensors compare with those that a network has.</summary>
/// <param name="Missing">Names of the network that were not offered.</param>
/// <param name="Unexpected">Offered names that the network does not have.</param>
/// <param name="MisShaped">Names with another shape than the network's.</param>
internal sealed record TensorFit(
    IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<MisShapedTensor> MisShaped)
{
    private const int MostNamesInMessage = 8;

    /// <summary>Whether every name and every shape is the network's own.</summary>
    public bool IsExact => Missing.Count + Unexpected.Count + MisShaped.Count == 0;

    /// <summary>Compares names and shapes.</summary>
    public static TensorFit Of(
        IReadOnlyDictionary<string, long[]> expected, IReadOnlyDictionary<string, long[]> offered) => new(
        [.. expected.Keys.Where(name => !offered.ContainsKey(name))],
        [.. offered.Keys.Where(name => !expected.ContainsKey(name))],
        [
            .. expected.Where(e => offered.TryGetValue(e.Key, out long[]? came) && !came.AsSpan().SequenceEqual(e.Value))
                .Select(e => new MisShapedTensor(e.Key, e.Value, offered[e.Key])),
        ]);

    /// <summary>Refuses everything but an exact fit.</summary>
    /// <exception cref="BadInputException">The message names what is missing, unexpected or mis-shaped.</exception>
    public void Demand(string source)
    {
        if (!IsExact)
        {
            throw new BadInputException($"{source} does not fit the architecture:{this}.");
        }
    }

    /// <summary>The differences as one sentence's part, the longest lists cut.</summary>
    public override string ToString() => Listed("missing", Missing) + Listed("unexpected", Unexpected)
        + Listed("of another shape", [.. MisShaped.Select(m => m.ToString())]);

    private static string Listed(string what, IReadOnlyList<string> names) => names.Count == 0
        ? ""
        : $" {names.Count} {what}: {string.Join(", ", names.Order(StringComparer.Ordinal).Take(MostNamesInMessage))}"
            + (names.Count > MostNamesInMessage ? ", ...;" : ";");
}

/// <summary>A tensor of the right name and the wrong shape.</summary>
/// <param name="Name">Its name in the network.</param>
/// <param name="Expected">The network's shape.</param>
/// <param name="Came">The offered shape.</param>
public sealed record MisShapedTensor(string Name, IReadOnlyList<long> Expected, IReadOnlyList<long> Came)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({string.Join("x", Came)} for {string.Join("x", Expected)})";
}
