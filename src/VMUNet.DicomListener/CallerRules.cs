using VMUNet.Data.Network;

namespace VMUNet.DicomListener;

/// <summary>What people have decided about callers, as last read from the rows.</summary>
/// <param name="Allowed">Let in beside the configuration's list.</param>
/// <param name="Denied">Kept out, whatever the configuration says.</param>
internal sealed record CallerRules(IReadOnlyList<AllowedCaller> Allowed, IReadOnlyList<AllowedCaller> Denied)
{
    public static CallerRules None { get; } = new([], []);

    public static CallerRules Of(IReadOnlyList<CallerRule> rows) => new(Of(rows, CallerState.Allowed), Of(rows, CallerState.Denied));

    private static List<AllowedCaller> Of(IReadOnlyList<CallerRule> rows, CallerState state) =>
        [.. rows.Where(r => r.State == state).Select(r => AllowedCaller.TryParse(r.AeTitle, r.Binding)).OfType<AllowedCaller>()];
}
