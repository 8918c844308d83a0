using System.Text.RegularExpressions;
using VMUNet.Data.Processing;

namespace VMUNet.Jobs.Routing;

/// <summary>What the routes make of a series. <paramref name="Reasons"/> has one sentence a route looked at.</summary>
public sealed record RoutingVerdict(Route? Route, IReadOnlyList<string> Reasons);

/// <summary>Picks the first route whose conditions a series meets, and says why not the others. Pure.</summary>
public sealed class ModelRouter
{
    // Descriptions come from outside; this engine takes linear time on any of them.
    internal const RegexOptions PatternOptions =
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    private readonly IReadOnlyList<(Route Route, Regex[] Patterns)> _routes;

    /// <summary>Takes the routes in their order; the first that fits wins.</summary>
    public ModelRouter(IReadOnlyList<Route> routes) =>
        _routes = [.. routes.Select(r => (r, r.DescriptionPatterns.Select(p => new Regex(p, PatternOptions)).ToArray()))];

    /// <summary>The route for the series, or none, with the reasons in either case.</summary>
    public RoutingVerdict Choose(SeriesFacts series)
    {
        var reasons = new List<string>();
        foreach (var (route, patterns) in _routes)
        {
            if (Objection(route, patterns, series) is { } objection)
            {
                reasons.Add($"not {route.Name}: {objection}");
                continue;
            }
            reasons.Add($"{route.Name}: {Grounds(route, patterns, series)}");
            return new RoutingVerdict(route, reasons);
        }
        return new RoutingVerdict(null, reasons);
    }

    private static string? Objection(Route route, Regex[] patterns, SeriesFacts series)
    {
        if (route.Modalities.Count > 0 && !Has(route.Modalities, series.Modality))
        {
            return $"modality '{series.Modality}' is none of {string.Join(", ", route.Modalities)}";
        }
        if (route.SopClasses.Count > 0 && !Has(route.SopClasses, series.SopClassUid))
        {
            return $"SOP class {series.SopClassUid} is not listed";
        }
        if (route.BodyParts.Count + patterns.Length == 0 || Has(route.BodyParts, series.BodyPart)
            || patterns.Any(p => MatchOf(p, series) is not null))
        {
            return null;
        }
        return IsUnstated(series)
            ? route.AcceptUnstated ? null : "neither body part nor description is stated"
            : $"body part '{series.BodyPart}' is not listed and no description matches";
    }

    private static string Grounds(Route route, Regex[] patterns, SeriesFacts series)
    {
        var grounds = new List<string>();
        if (route.Modalities.Count > 0)
        {
            grounds.Add($"modality {series.Modality}");
        }
        if (route.BodyParts.Count > 0 && Has(route.BodyParts, series.BodyPart))
        {
            grounds.Add($"body part {series.BodyPart}");
        }
        else if (patterns.FirstOrDefault(p => MatchOf(p, series) is not null) is { } pattern)
        {
            grounds.Add($"{MatchOf(pattern, series)} matches '{pattern}'");
        }
        else if (route.BodyParts.Count + patterns.Length > 0)
        {
            grounds.Add("no body part stated, which the route accepts");
        }
        return grounds.Count == 0 ? $"SOP class {series.SopClassUid}" : string.Join(", ", grounds);
    }

    // The text itself is not repeated: descriptions are typed by people and may hold names.
    private static string? MatchOf(Regex pattern, SeriesFacts series) =>
        pattern.IsMatch(series.SeriesDescription) ? "series description"
        : pattern.IsMatch(series.StudyDescription) ? "study description"
        : pattern.IsMatch(series.ProtocolName) ? "protocol name" : null;

    private static bool IsUnstated(SeriesFacts series) => series.BodyPart.Trim().Length == 0
        && series.SeriesDescription.Trim().Length == 0 && series.StudyDescription.Trim().Length == 0
        && series.ProtocolName.Trim().Length == 0;

    private static bool Has(IReadOnlyList<string> list, string value) =>
        list.Contains(value.Trim(), StringComparer.OrdinalIgnoreCase);
}
