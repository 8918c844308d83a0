using System.Text.Json;
using VMUNet.Imaging;

namespace VMUNet.Model;

/// <summary>
/// Cross-validation over a small data set: K folders, each a data set of links to the same files with splits of its own, so that
/// training and evaluation take them as any other.
/// </summary>
public static class DataFolds
{
    private const long FoldPurpose = 8;
    private static readonly string[] s_chosenFrom = ["train", "dev"];
    private static readonly string[] s_lists = ["patients.csv", "spacing.csv"];

    /// <summary>
    /// Deals the patients out to the folds, as many cases to each as can be. Fold K's <c>dev</c> holds the cases dealt to it, its
    /// <c>train</c> all others. Cases of other splits, and those of none where there are splits, are in no fold and not even linked.
    /// </summary>
    /// <param name="folder">The data set; its splits train and dev are used, or all cases where it has no splits.</param>
    /// <param name="folds">Number of folds, from 2 to the number of patients.</param>
    /// <param name="seed">Decides who is dealt where.</param>
    /// <param name="output">Folder to write; it must not exist.</param>
    /// <param name="dicom">Reader of DICOM pairs; may be null.</param>
    /// <exception cref="BadInputException">The set cannot be used, has too few patients, or the folder exists.</exception>
    public static DataFoldsReport Write(string folder, int folds, int seed, string output, DicomCaseReader? dicom)
    {
        var data = DataSet.Open(folder, dicom);
        DataCase[] cases = data.SplitNames.Count == 0
            ? [.. data.Cases]
            : [.. s_chosenFrom.Where(data.SplitNames.Contains).SelectMany(data.Split).OrderBy(c => c.Name, StringComparer.Ordinal)];
        var patients = cases.GroupBy(c => c.Patient, StringComparer.Ordinal).Select(g => g.ToArray()).ToArray();
        if (folds < 2 || folds > patients.Length)
        {
            throw new BadInputException(
                $"{folds} folds were asked for; 2 to {patients.Length} are possible, as {folder} has {patients.Length} patients in train and dev.");
        }

        if (Path.Exists(output))
        {
            throw new BadInputException($"{output} is there already; give another folder.");
        }

        var dealt = Dealt(patients, folds, seed);
        var report = new DataFoldsReport
        {
            Data = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            Seed = seed,
            Cases = cases.Length,
            LeftOut = data.Cases.Count - cases.Length,
            Folds = [.. dealt.Select((dev, k) => FoldOf(Path.Combine(output, $"fold-{k + 1}"), cases, dev))],
        };
        foreach (var fold in report.Folds)
        {
            Link(data, cases, fold);
        }

        return report;
    }

    // Large patients first, each to the fold with the fewest cases; a random order among those of one size.
    private static List<DataCase>[] Dealt(DataCase[][] patients, int folds, int seed)
    {
        var dealt = Enumerable.Range(0, folds).Select(_ => new List<DataCase>()).ToArray();
        var order = new SeededRandom(seed, FoldPurpose).Permutation(patients.Length);
        foreach (var patient in order.Select(i => patients[i]).OrderByDescending(p => p.Length))
        {
            dealt.MinBy(fold => fold.Count)!.AddRange(patient);
        }

        return dealt;
    }

    private static DataFold FoldOf(string folder, DataCase[] cases, List<DataCase> dev)
    {
        var isDev = dev.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return new DataFold(
            folder, [.. cases.Select(c => c.Name).Where(n => !isDev.Contains(n))], [.. cases.Select(c => c.Name).Where(isDev.Contains)]);
    }

    private static void Link(DataSet data, DataCase[] cases, DataFold fold)
    {
        var source = Path.GetFullPath(data.Folder);
        Directory.CreateDirectory(fold.Folder);
        foreach (var item in cases)
        {
            string[] paths = item.Layout == CaseLayout.Dicom
                ? [Path.GetDirectoryName(item.LabelPath)!]
                : [.. item.ImageFiles.Append(item.LabelPath).Distinct()];
            foreach (var path in paths)
            {
                var target = Path.GetFullPath(path);
                var link = Path.Combine(fold.Folder, Path.GetRelativePath(source, target));
                Directory.CreateDirectory(Path.GetDirectoryName(link)!);
                File.CreateSymbolicLink(link, target);
            }
        }

        foreach (var list in s_lists.Where(l => File.Exists(Path.Combine(source, l))))
        {
            var names = cases.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
            var lines = File.ReadLines(Path.Combine(source, list)).Where((line, i) => i == 0 || names.Contains(line.Split(',')[0].Trim()));
            File.WriteAllLines(Path.Combine(fold.Folder, list), lines);
        }

        var splits = new Dictionary<string, IReadOnlyList<string>> { ["train"] = fold.Train, ["dev"] = fold.Dev };
        File.WriteAllText(Path.Combine(fold.Folder, "splits.json"), JsonSerializer.Serialize(splits, ModelJson.Options) + "\n");
    }
}

/// <summary>What <c>data folds</c> wrote.</summary>
public sealed record DataFoldsReport
{
    /// <summary>Name of the data set's folder.</summary>
    public required string Data { get; init; }

    /// <summary>Seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Cases dealt out.</summary>
    public required int Cases { get; init; }

    /// <summary>Cases in no fold: those of other splits, or of none.</summary>
    public required int LeftOut { get; init; }

    /// <summary>The folds.</summary>
    public required IReadOnlyList<DataFold> Folds { get; init; }
}

/// <summary>One fold: a data set.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Train">Names trained on.</param>
/// <param name="Dev">Names scored on.</param>
public sealed record DataFold(string Folder, IReadOnlyList<string> Train, IReadOnlyList<string> Dev);
