using System.Runtime.CompilerServices;

namespace VMUNet.Model.Tests;

internal static class TorchSetup
{
    /// <summary>Before libtorch is loaded.</summary>
    [ModuleInitializer]
    internal static void Configure() => TorchRuntime.Configure(2);
}
