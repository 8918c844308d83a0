using System.Reflection;

namespace VMUNet.Jobs;

/// <summary>What this program calls itself in results and rows.</summary>
internal static class Product
{
    public static string Version { get; } =
        typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
