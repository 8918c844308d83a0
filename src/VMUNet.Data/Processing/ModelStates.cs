namespace VMUNet.Data.Processing;

/// <summary>Every legal move of a model version; what is not listed is illegal.</summary>
public static class ModelStates
{
    private static readonly HashSet<(ModelState From, ModelState To)> Moves =
    [
        (ModelState.Candidate, ModelState.Evaluated),
        (ModelState.Candidate, ModelState.Rejected),
        (ModelState.Evaluated, ModelState.Eligible),
        (ModelState.Evaluated, ModelState.Rejected),
        (ModelState.Eligible, ModelState.Shadow),
        (ModelState.Eligible, ModelState.Champion),
        (ModelState.Eligible, ModelState.Rejected),
        (ModelState.Shadow, ModelState.Champion),
        (ModelState.Shadow, ModelState.Rejected),
        (ModelState.Champion, ModelState.Retired),
        (ModelState.Retired, ModelState.Champion), // rollback
    ];

    /// <summary>Whether a version may go from one state to the other.</summary>
    public static bool IsLegal(ModelState from, ModelState to) => Moves.Contains((from, to));
}
