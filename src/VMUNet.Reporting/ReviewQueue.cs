using VMUNet.Data.Learning;
using VMUNet.Data.Queries;

namespace VMUNet.Reporting;

/// <summary>The curator's desk: corrections that wait, and what was decided about the others.</summary>
internal sealed class ReviewQueue(PacsQueries queries, CurationDesk desk)
{
    /// <summary>Cases that wait for a decision, newest first.</summary>
    public Task<IReadOnlyList<CuratedDetail>> WaitingAsync(int limit, CancellationToken ct) =>
        queries.CuratedAsync(CaseState.Checked, limit, ct);

    /// <summary>Cases that do not wait, newest first.</summary>
    public async Task<IReadOnlyList<CuratedDetail>> SettledAsync(int limit, CancellationToken ct) =>
        [.. (await queries.CuratedAsync(null, limit, ct)).Where(c => c.State != CaseState.Checked)];

    /// <summary>Decides each case by itself.</summary>
    /// <returns>Why some could not be decided; empty when all were.</returns>
    public async Task<IReadOnlyList<string>> DecideAsync(
        IEnumerable<long> cases, bool isAccepted, Decision decision, CancellationToken ct)
    {
        var objections = new List<string>();
        foreach (var id in cases.Distinct())
        {
            try
            {
                await (isAccepted
                    ? desk.AcceptAsync(id, decision.Person.Trim(), decision.Why, ct)
                    : desk.RejectAsync(id, decision.Person.Trim(), decision.Why, ct));
            }
            catch (IllegalCaseMoveException illegal)
            {
                objections.Add(illegal.Message);
            }
        }

        return objections;
    }
}
