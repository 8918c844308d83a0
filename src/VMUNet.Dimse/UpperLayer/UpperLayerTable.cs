namespace VMUNet.Dimse;

/// <summary>States of the upper layer (PS3.8 tables 9-1 to 9-5).</summary>
internal enum UpperLayerState
{
    Idle = 1,
    AwaitingAssociateRequest = 2,
    AwaitingLocalAnswer = 3,
    AwaitingTransportOpen = 4,
    AwaitingAssociateAnswer = 5,
    Established = 6,
    AwaitingReleaseAnswer = 7,
    AwaitingLocalReleaseAnswer = 8,
    CollisionRequestorLocal = 9,
    CollisionAcceptorPeer = 10,
    CollisionRequestorPeer = 11,
    CollisionAcceptorLocal = 12,
    AwaitingTransportClose = 13,
}

/// <summary>Events of the upper layer (PS3.8 table 9-10, rows).</summary>
internal enum UpperLayerEvent
{
    LocalAssociateRequest = 1,
    TransportOpened = 2,
    AssociateAcceptReceived = 3,
    AssociateRejectReceived = 4,
    TransportAccepted = 5,
    AssociateRequestReceived = 6,
    LocalAccept = 7,
    LocalReject = 8,
    LocalData = 9,
    DataReceived = 10,
    LocalReleaseRequest = 11,
    ReleaseRequestReceived = 12,
    ReleaseResponseReceived = 13,
    LocalReleaseResponse = 14,
    LocalAbort = 15,
    AbortReceived = 16,
    TransportClosed = 17,
    ArtimExpired = 18,
    InvalidPduReceived = 19,
}

/// <summary>Actions of the upper layer (PS3.8 tables 9-6 to 9-9).</summary>
internal enum UpperLayerAction
{
    None,
    Ae1, Ae2, Ae3, Ae4, Ae5, Ae6, Ae7, Ae8,
    Dt1, Dt2,
    Ar1, Ar2, Ar3, Ar4, Ar5, Ar6, Ar7, Ar8, Ar9, Ar10,
    Aa1, Aa2, Aa3, Aa4, Aa5, Aa6, Aa7, Aa8,
}

/// <summary>
/// The upper layer's machine as one table: PS3.8 table 9-10, cell by cell. A dash is a cell that cannot happen; asking
/// for it is our own mistake. Where an action leaves the choice of state open (AE-6 rejects, AR-8 depends on who
/// asked for the association), the caller names it.
/// </summary>
internal static class UpperLayerTable
{
    // Columns: Sta1 .. Sta13. Rows: Evt1 .. Evt19.
    private static readonly string[] Rows =
    [
        //         Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13
        /* Evt1 */ "AE1 -   -   -   -   -   -   -   -   -    -   -   -",
        /* Evt2 */ "-   -   -   AE2 -   -   -   -   -   -    -   -   -",
        /* Evt3 */ "-   AA1 AA8 -   AE3 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA6",
        /* Evt4 */ "-   AA1 AA8 -   AE4 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA6",
        /* Evt5 */ "AE5 -   -   -   -   -   -   -   -   -    -   -   -",
        /* Evt6 */ "-   AE6 AA8 -   AA8 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA7",
        /* Evt7 */ "-   -   AE7 -   -   -   -   -   -   -    -   -   -",
        /* Evt8 */ "-   -   AE8 -   -   -   -   -   -   -    -   -   -",
        /* Evt9 */ "-   -   -   -   -   DT1 -   AR7 -   -    -   -   -",
        /* Evt10*/ "-   AA1 AA8 -   AA8 DT2 AR6 AA8 AA8 AA8  AA8 AA8 AA6",
        /* Evt11*/ "-   -   -   -   -   AR1 -   -   -   -    -   -   -",
        /* Evt12*/ "-   AA1 AA8 -   AA8 AR2 AR8 AA8 AA8 AA8  AA8 AA8 AA6",
        /* Evt13*/ "-   AA1 AA8 -   AA8 AA8 AR3 AA8 AA8 AR10 AR3 AA8 AA6",
        /* Evt14*/ "-   -   -   -   -   -   -   AR4 AR9 -    -   AR4 -",
        /* Evt15*/ "-   -   AA1 AA2 AA1 AA1 AA1 AA1 AA1 AA1  AA1 AA1 -",
        /* Evt16*/ "-   AA2 AA3 -   AA3 AA3 AA3 AA3 AA3 AA3  AA3 AA3 AA2",
        /* Evt17*/ "-   AA5 AA4 AA4 AA4 AA4 AA4 AA4 AA4 AA4  AA4 AA4 AR5",
        /* Evt18*/ "-   AA2 -   -   -   -   -   -   -   -    -   -   AA2",
        /* Evt19*/ "-   AA1 AA8 -   AA8 AA8 AA8 AA8 AA8 AA8  AA8 AA8 AA7",
    ];

    private static readonly UpperLayerAction[,] Cells = Parse();

    /// <summary>The action of a cell; <see cref="UpperLayerAction.None"/> for a cell that cannot happen.</summary>
    public static UpperLayerAction Action(UpperLayerState state, UpperLayerEvent happened) =>
        Cells[(int)happened, (int)state];

    /// <summary>The state after an action (PS3.8 tables 9-6 to 9-9, last column).</summary>
    public static UpperLayerState Next(UpperLayerAction action, UpperLayerState from, bool isRequestor) => action switch
    {
        UpperLayerAction.Ae1 => UpperLayerState.AwaitingTransportOpen,
        UpperLayerAction.Ae2 => UpperLayerState.AwaitingAssociateAnswer,
        UpperLayerAction.Ae3 or UpperLayerAction.Ae7 => UpperLayerState.Established,
        UpperLayerAction.Dt1 or UpperLayerAction.Dt2 => UpperLayerState.Established,
        UpperLayerAction.Ae5 => UpperLayerState.AwaitingAssociateRequest,
        UpperLayerAction.Ae6 => UpperLayerState.AwaitingLocalAnswer,
        UpperLayerAction.Ar1 or UpperLayerAction.Ar6 => UpperLayerState.AwaitingReleaseAnswer,
        UpperLayerAction.Ar2 or UpperLayerAction.Ar7 => UpperLayerState.AwaitingLocalReleaseAnswer,
        UpperLayerAction.Ar8 => isRequestor
            ? UpperLayerState.CollisionRequestorLocal
            : UpperLayerState.CollisionAcceptorPeer,
        UpperLayerAction.Ar9 => UpperLayerState.CollisionRequestorPeer,
        UpperLayerAction.Ar10 => UpperLayerState.CollisionAcceptorLocal,
        UpperLayerAction.Ae8 or UpperLayerAction.Ar4 => UpperLayerState.AwaitingTransportClose,
        UpperLayerAction.Aa1 or UpperLayerAction.Aa6 or UpperLayerAction.Aa7 or UpperLayerAction.Aa8 =>
            UpperLayerState.AwaitingTransportClose,
        UpperLayerAction.Ae4 or UpperLayerAction.Ar3 or UpperLayerAction.Ar5 => UpperLayerState.Idle,
        UpperLayerAction.Aa2 or UpperLayerAction.Aa3 or UpperLayerAction.Aa4 or UpperLayerAction.Aa5 =>
            UpperLayerState.Idle,
        _ => throw new InvalidOperationException($"No action in {from}."),
    };

    private static UpperLayerAction[,] Parse()
    {
        var cells = new UpperLayerAction[20, 14];
        for (var row = 0; row < Rows.Length; row++)
        {
            var names = Rows[row].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (var column = 0; column < names.Length; column++)
            {
                cells[row + 1, column + 1] = names[column] == "-"
                    ? UpperLayerAction.None
                    : Enum.Parse<UpperLayerAction>(names[column], ignoreCase: true);
            }
        }

        return cells;
    }
}
