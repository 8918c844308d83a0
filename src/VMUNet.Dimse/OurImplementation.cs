namespace VMUNet.Dimse;

/// <summary>How we name ourselves in associations and in file meta information; fixed for a release.</summary>
public static class OurImplementation
{
    /// <summary>Implementation Class UID.</summary>
    public const string ClassUid = "2.25.252607770387986543032415849863853025519";

    /// <summary>Implementation Version Name, at most 16 characters.</summary>
    public const string VersionName = "VMUNET_0_1";
}
