using VMUNet.Data.Studies;

namespace VMUNet.Data.Tests.Studies;

public sealed class SeriesStatesTests
{
    // One row a state, one column an event in the enum's order; '-' is illegal. Written by hand, not from the table.
    private const string Expected = """
                   Arrived   Completed Enqueued  Started   Result    Delivered Confirmed Admitted  SetAside  Refuse    Fail      Reopen
        Receiving  Receiving Complete  -         -         -         -         -         -         -         Refused   -         -
        Complete   Receiving -         Queued    -         -         -         -         -         Recorded  Refused   -         -
        Queued     Receiving -         -         Working   -         -         -         -         -         -         Failed    -
        Working    Receiving -         -         Working   Segmented -         -         Admitted  Recorded  Refused   Failed    -
        Segmented  Receiving -         -         -         -         Delivered -         -         -         -         -         -
        Delivered  Receiving -         -         -         -         -         Verified  -         -         -         -         -
        Verified   Receiving -         -         -         -         -         -         -         -         -         -         -
        Admitted   Receiving -         -         -         -         -         -         -         -         -         -         -
        Recorded   Receiving -         -         -         -         -         -         -         -         -         -         -
        Refused    Receiving -         -         -         -         -         -         -         -         -         -         Complete
        Failed     Receiving -         -         -         -         -         -         -         -         -         -         Complete
        """;

    public static TheoryData<SeriesState, SeriesEvent, string> Cells()
    {
        var cells = new TheoryData<SeriesState, SeriesEvent, string>();
        string[][] rows = [.. Expected.Split('\n').Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(Enum.GetNames<SeriesState>(), rows.Select(r => r[0]));
        foreach (string[] row in rows)
        {
            Assert.Equal(Enum.GetValues<SeriesEvent>().Length, row.Length - 1);
            for (int i = 1; i < row.Length; i++)
            {
                cells.Add(Enum.Parse<SeriesState>(row[0]), (SeriesEvent)(i - 1), row[i]);
            }
        }
        return cells;
    }

    [Theory, MemberData(nameof(Cells))]
    public void Every_cell_of_state_and_event_is_as_written(SeriesState state, SeriesEvent happened, string expected) =>
        Assert.Equal(expected, SeriesStates.Next(state, happened)?.ToString() ?? "-");
}
