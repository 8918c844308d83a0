using System.Globalization;
using System.Text.Json;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>The small files beside the images: splits.json, patients.csv, spacing.csv.</summary>
internal static class DataLists
{
    /// <summary>Names of each split.</summary>
    public static Dictionary<string, string[]> Splits(string path)
    {
        const string Form = "{\"train\": [names], \"dev\": [names], ...}";
        Dictionary<string, string[]?> splits;
        try
        {
            splits = JsonSerializer.Deserialize<Dictionary<string, string[]?>>(File.ReadAllText(path)) ?? [];
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{path} is not of the form {Form}: {e.Message}", e);
        }

        return splits.ToDictionary(s => s.Key, s => s switch
        {
            { Key: DataSet.AllCases } => throw new BadInputException(
                $"{path} has a split called '{DataSet.AllCases}', which always means every case; give it another name."),
            { Value: { } names } when !names.Contains(null!) => names,
            _ => throw new BadInputException($"{path} is not of the form {Form}: '{s.Key}' holds null."),
        });
    }

    /// <summary>Patient of each case; empty without a list.</summary>
    public static Dictionary<string, string> Patients(string folder) =>
        Rows(Path.Combine(folder, "patients.csv"), 2, "name,patient").ToDictionary(r => r[0], r => r[1], StringComparer.Ordinal);

    /// <summary>Millimetres of each case whose files do not tell them; empty without a list.</summary>
    public static Dictionary<string, SpacingMm?> Spacings(string folder)
    {
        const string Form = "name,slice_mm,row_mm,column_mm";
        var spacings = new Dictionary<string, SpacingMm?>(StringComparer.Ordinal);
        foreach (var row in Rows(Path.Combine(folder, "spacing.csv"), 4, Form))
        {
            var numbers = new double[3];
            for (var i = 0; i < numbers.Length; i++)
            {
                if (!double.TryParse(row[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !(numbers[i] > 0))
                {
                    throw new BadInputException($"spacing.csv says '{row[i + 1]}' for {row[0]}; millimetres above zero were expected ({Form}).");
                }
            }

            spacings[row[0]] = new SpacingMm(numbers[0], numbers[1], numbers[2]);
        }

        return spacings;
    }

    private static IEnumerable<string[]> Rows(string path, int columns, string form)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines(path).Skip(1).Where(l => l.Length > 0))
        {
            var cells = line.Split(',', columns, StringSplitOptions.TrimEntries);
            if (cells.Length != columns || cells[0].Length == 0)
            {
                throw new BadInputException($"{path} has the line '{line}'; '{form}' was expected.");
            }

            if (!seen.Add(cells[0]))
            {
                throw new BadInputException($"{path} lists {cells[0]} twice; keep one line.");
            }

            yield return cells;
        }
    }
}
