namespace VMUNet.Dimse;

/// <summary>Sizes and counts that hold before anything is allocated.</summary>
internal static class PduLimits
{
    public const string DicomApplicationContext = "1.2.840.10008.3.1.1.1";
    public const int HeaderLength = 6;
    public const int AeLength = 16;

    /// <summary>Version, reserved, two titles, 32 reserved bytes: the fixed part of an A-ASSOCIATE-RQ body.</summary>
    public const int AssociateFixedLength = 68;

    /// <summary>As many as there are odd numbers of one byte.</summary>
    public const int MaxContexts = 128;

    /// <summary>A peer that announces less than this (and not 0) would hardly progress.</summary>
    public const int MinPeerMaxPdu = 128;

    /// <summary>Assumed when a peer sends no maximum length item.</summary>
    public const int DefaultPeerMaxPdu = 16_384;

    /// <summary>We never send a longer P-DATA-TF, even to a peer without limit.</summary>
    public const int MaxSendPdu = 1_048_576;

    /// <summary>Fragments without a byte, one after the other and none of them the last.</summary>
    public const int MaxEmptyFragments = 1_000;

    public const int MaxCommandLength = 65_536;
    public const int MaxCommandElements = 64;
}
