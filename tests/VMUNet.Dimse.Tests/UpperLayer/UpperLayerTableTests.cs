namespace VMUNet.Dimse.Tests;

/// <summary>Every cell of PS3.8 table 9-10, restated here by rule rather than by copy.</summary>
public sealed class UpperLayerTableTests
{
    private static readonly int[] WithPeer = [3, 5, 6, 7, 8, 9, 10, 11, 12];

    public static TheoryData<int, int> Cells()
    {
        var cells = new TheoryData<int, int>();
        for (var state = 1; state <= 13; state++)
        {
            for (var happened = 1; happened <= 19; happened++)
            {
                cells.Add(state, happened);
            }
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Every_cell_holds_the_action_of_the_standard(int state, int happened)
    {
        var action = UpperLayerTable.Action((UpperLayerState)state, (UpperLayerEvent)happened);

        Assert.Equal(Expected(state, happened), action.ToString().ToUpperInvariant());
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 5)]
    [InlineData(3, 6)]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    [InlineData(6, 3)]
    [InlineData(7, 6)]
    [InlineData(8, 13)]
    public void Association_actions_lead_to_the_states_of_table_9_6(int number, int expected)
    {
        var action = Enum.Parse<UpperLayerAction>($"Ae{number}");

        Assert.Equal(expected, (int)UpperLayerTable.Next(action, UpperLayerState.Idle, isRequestor: false));
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 8)]
    [InlineData(3, 1)]
    [InlineData(4, 13)]
    [InlineData(5, 1)]
    [InlineData(6, 7)]
    [InlineData(7, 8)]
    [InlineData(9, 11)]
    [InlineData(10, 12)]
    public void Release_actions_lead_to_the_states_of_table_9_8(int number, int expected)
    {
        var action = Enum.Parse<UpperLayerAction>($"Ar{number}");

        Assert.Equal(expected, (int)UpperLayerTable.Next(action, UpperLayerState.Established, isRequestor: true));
    }

    [Fact]
    public void A_release_collision_depends_on_who_asked_for_the_association()
    {
        Assert.Equal(9, (int)UpperLayerTable.Next(UpperLayerAction.Ar8, UpperLayerState.AwaitingReleaseAnswer, true));
        Assert.Equal(10, (int)UpperLayerTable.Next(UpperLayerAction.Ar8, UpperLayerState.AwaitingReleaseAnswer, false));
    }

    [Theory]
    [InlineData(1, 13)]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 13)]
    [InlineData(7, 13)]
    [InlineData(8, 13)]
    public void Abort_actions_lead_to_the_states_of_table_9_9(int number, int expected)
    {
        var action = Enum.Parse<UpperLayerAction>($"Aa{number}");

        Assert.Equal(expected, (int)UpperLayerTable.Next(action, UpperLayerState.Established, isRequestor: false));
    }

    private static string Expected(int state, int happened) => (happened, state) switch
    {
        (1, 1) => "AE1",
        (2, 4) => "AE2",
        (3, 5) => "AE3",
        (4, 5) => "AE4",
        (5, 1) => "AE5",
        (6, 2) => "AE6",
        (7, 3) => "AE7",
        (8, 3) => "AE8",
        (9, 6) => "DT1",
        (9, 8) => "AR7",
        (10, 6) => "DT2",
        (10, 7) => "AR6",
        (11, 6) => "AR1",
        (12, 6) => "AR2",
        (12, 7) => "AR8",
        (13, 7) or (13, 11) => "AR3",
        (13, 10) => "AR10",
        (14, 8) or (14, 12) => "AR4",
        (14, 9) => "AR9",
        // A PDU of the peer that fits nowhere: AA-1 before an association was asked for, AA-8 with one, and after our last
        // PDU either ignored or answered by another abort.
        (3 or 4 or 10 or 12 or 13 or 19, 2) => "AA1",
        (3 or 4 or 6 or 10 or 12 or 13 or 19, _) when WithPeer.Contains(state) => "AA8",
        (3 or 4 or 10 or 12 or 13, 13) => "AA6",
        (6 or 19, 13) => "AA7",
        (15, 4) => "AA2",
        (15, _) when WithPeer.Contains(state) => "AA1",
        (16 or 18, 2 or 13) => "AA2",
        (16, _) when WithPeer.Contains(state) => "AA3",
        (17, 2) => "AA5",
        (17, 13) => "AR5",
        (17, 4) => "AA4",
        (17, _) when WithPeer.Contains(state) => "AA4",
        _ => "NONE",
    };
}
