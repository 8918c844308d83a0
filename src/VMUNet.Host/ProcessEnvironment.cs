using System.Globalization;
using System.Runtime.InteropServices;

namespace VMUNet.Host;

/// <summary>What must hold in the process before the first native library is loaded.</summary>
internal static partial class ProcessEnvironment
{
    /// <summary>
    /// Lets libtorch's OpenMP threads sleep while they wait, unless the caller chose otherwise, and takes numbers and
    /// dates from no country. .NET's own variables are a copy that native libraries never see, hence libc's setenv.
    /// </summary>
    public static void Prepare()
    {
        const int KeepWhatTheCallerSet = 0;
        _ = SetEnvironmentVariable("OMP_WAIT_POLICY", "PASSIVE", KeepWhatTheCallerSet);
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironmentVariable(string name, string value, int overwrite);
}
