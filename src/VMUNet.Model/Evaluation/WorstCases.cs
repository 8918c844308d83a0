using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// Keeps the cases with the lowest scores as pictures: where prediction and reference agree, what was missed, what was invented.
/// Memory holds as many tiles as are kept, whatever the number of cases.
/// </summary>
/// <param name="most">Cases to keep.</param>
public sealed class WorstCases(int most = 12)
{
    private const int Side = 288;
    private const int Columns = 4;
    private const byte Agreed = 1, Missed = 2, Invented = 3, Exchanged = 4;

    private readonly PriorityQueue<WorstCase, double> _queue = new();

    /// <summary>What the colours mean.</summary>
    public static IReadOnlyList<OrganLabel> Legend { get; } =
    [
        Entry(Agreed, "agreed", new Rgb(70, 200, 90)), Entry(Missed, "missed", new Rgb(70, 140, 255)),
        Entry(Invented, "invented", new Rgb(240, 70, 60)), Entry(Exchanged, "other organ", new Rgb(250, 200, 50)),
    ];

    /// <summary>Cases kept, worst first.</summary>
    public IReadOnlyList<WorstCase> Cases => [.. _queue.UnorderedItems.Select(i => i.Element).OrderBy(c => c.Dsc).ThenBy(c => c.Name, StringComparer.Ordinal)];

    /// <summary>All kept cases on one picture; null when there are none.</summary>
    /// <param name="caption">One sentence.</param>
    public Picture? Sheet(string caption) =>
        _queue.Count == 0 ? null : Overlay.Sheet([.. Cases.Select(c => Captioned(c.Tile))], Columns, Legend, caption);

    internal void Offer(string name, double dsc, string? note, Picture picture, LabelMap prediction, LabelMap truth)
    {
        if (IsWanted(dsc))
        {
            Keep(name, dsc, note, Tile.Fit(picture, Errors(prediction.Labels, truth.Labels), Side, 1));
        }
    }

    /// <summary>As the other one; the slice with most wrong voxels is shown.</summary>
    internal void Offer(string name, double dsc, string? note, Volume volume, LabelMap prediction, LabelMap truth)
    {
        if (!IsWanted(dsc))
        {
            return;
        }

        var canonical = Orientation.ToCanonical(volume);
        var (found, real) = (canonical.Apply(prediction), canonical.Apply(truth));
        var geometry = canonical.Volume.Geometry;
        var (worst, most) = (geometry.Slices / 2, 0);
        for (var z = 0; z < geometry.Slices; z++)
        {
            var wrong = 0;
            for (var i = 0; i < found.Slice(z).Length; i++)
            {
                wrong += found.Slice(z)[i] != real.Slice(z)[i] ? 1 : 0;
            }

            (worst, most) = wrong > most ? (z, wrong) : (worst, most);
        }

        Keep(name, dsc, note, Tile.Fit(
            Tile.OfSlice(canonical.Volume, worst), Errors(found.Slice(worst), real.Slice(worst)), Side,
            geometry.RowSpacingMm / geometry.ColumnSpacingMm));
    }

    // The queue gives out the best of those kept first.
    private bool IsWanted(double dsc) => _queue.Count < most || (_queue.TryPeek(out _, out var best) && -dsc > best);

    private void Keep(string name, double dsc, string? note, (Picture Image, byte[] Labels) tile)
    {
        var caption = string.Create(CultureInfo.InvariantCulture, $"{name} {dsc:0.000}");
        _queue.Enqueue(new WorstCase(name, dsc, note, new OverlayTile(tile.Image, tile.Labels, caption)), -dsc);
        if (_queue.Count > most)
        {
            _queue.Dequeue();
        }
    }

    private static OverlayTile Captioned(OverlayTile tile) => tile with { Image = Tile.Dimmed(tile.Image, Tile.CaptionRows) };

    private static byte[] Errors(ReadOnlySpan<byte> prediction, ReadOnlySpan<byte> truth)
    {
        var map = new byte[truth.Length];
        for (var i = 0; i < map.Length; i++)
        {
            map[i] = (prediction[i], truth[i]) switch
            {
                (0, 0) => 0,
                var (p, t) when p == t => Agreed,
                (0, _) => Missed,
                (_, 0) => Invented,
                _ => Exchanged,
            };
        }

        return map;
    }

    private static OrganLabel Entry(byte value, string name, Rgb colour)
    {
        var none = new CodedConcept("", "", "");
        return new OrganLabel { Value = value, Name = name, Category = none, Type = none, Colour = colour };
    }
}

/// <summary>A case with a low score.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dsc">Its DSC, for volumes the mean over organs.</param>
/// <param name="Note">What was worst about it, if there is more to say.</param>
/// <param name="Tile">Picture with the errors as labels, see <see cref="WorstCases.Legend"/>.</param>
public sealed record WorstCase(string Name, double Dsc, string? Note, OverlayTile Tile);
