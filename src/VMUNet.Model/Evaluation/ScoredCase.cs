using VMUNet.Imaging.Metrics;

namespace VMUNet.Model;

/// <summary>Everything that was counted in one case.</summary>
/// <param name="Figures">What the report says about it.</param>
/// <param name="Table">One-class picture on its own grid.</param>
/// <param name="PaperTable">One-class picture by the papers' procedure.</param>
/// <param name="Scores">Organs.</param>
/// <param name="PaperScores">Organs by the papers' procedure.</param>
internal sealed record ScoredCase(
    CaseFigures Figures,
    Confusion Table,
    Confusion? PaperTable,
    IReadOnlyDictionary<byte, OrganScore>? Scores,
    IReadOnlyDictionary<byte, PaperScore>? PaperScores);
