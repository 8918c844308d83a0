namespace VMUNet.Host;

/// <summary>The configuration's files, weakest first: the product's appsettings.json, the instance's, the environment.</summary>
internal static class PacsConfiguration
{
    /// <summary>Configuration for commands that start no host.</summary>
    public static IConfigurationRoot Of(string dataFolder) => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true)
        .AddInstance(dataFolder)
        .Build();

    /// <summary>Adds the instance's own file and, above it, the environment.</summary>
    public static T AddInstance<T>(this T builder, string dataFolder)
        where T : IConfigurationBuilder
    {
        builder.AddJsonFile(Path.Combine(Path.GetFullPath(dataFolder), "appsettings.json"), optional: true);
        builder.AddEnvironmentVariables();
        return builder;
    }
}
