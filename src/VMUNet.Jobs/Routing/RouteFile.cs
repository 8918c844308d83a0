using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace VMUNet.Jobs.Routing;

/// <summary>Reads routes.json: the site's file where there is one, else the embedded default. Faults are all reported at once.</summary>
public static class RouteFile
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter<RoutePriority>() },
    };

    /// <summary>The routes of <paramref name="path"/>, or the default's if it is null or no such file is there.</summary>
    /// <exception cref="RouteFileException">The file is no valid route file; the message lists every fault.</exception>
    public static IReadOnlyList<Route> Load(string? path)
    {
        if (path is not null && File.Exists(path))
        {
            return Parse(File.ReadAllText(path), path);
        }
        using Stream stream = typeof(RouteFile).Assembly.GetManifestResourceStream("routes.json")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), "the default routes.json");
    }

    /// <summary>Reads the document.</summary>
    /// <exception cref="RouteFileException">It is not valid; the message lists every fault.</exception>
    public static IReadOnlyList<Route> Parse(string json, string name)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(json, s_options);
        }
        catch (JsonException e)
        {
            throw new RouteFileException($"{name} is not valid: {e.Message}");
        }
        IReadOnlyList<Route> routes = document?.Routes ?? [];
        List<string> faults = [.. routes.SelectMany(Faults)];
        faults.AddRange(routes.GroupBy(r => r.Name).Where(g => g.Count() > 1).Select(g => $"route '{g.Key}' occurs twice"));
        if (routes.Count == 0)
        {
            faults.Add("it has no routes");
        }
        return faults.Count == 0 ? routes : throw new RouteFileException($"{name}: {string.Join("; ", faults)}");
    }

    private static IEnumerable<string> Faults(Route route)
    {
        if (route.Name.Length == 0 || route.Model.Length == 0)
        {
            yield return $"route '{route.Name}' needs a name and a model";
        }
        if (route.Modalities.Count + route.SopClasses.Count + route.BodyParts.Count + route.DescriptionPatterns.Count == 0)
        {
            yield return $"route '{route.Name}' has no condition and would take every series";
        }
        foreach (string pattern in route.DescriptionPatterns.Where(p => !IsPattern(p)))
        {
            yield return $"route '{route.Name}': '{pattern}' is no regular expression of linear time";
        }
    }

    private static bool IsPattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, ModelRouter.PatternOptions);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private sealed record Document(IReadOnlyList<Route> Routes);
}

/// <summary>routes.json cannot be used; the message lists every fault.</summary>
public sealed class RouteFileException(string message) : Exception(message);
