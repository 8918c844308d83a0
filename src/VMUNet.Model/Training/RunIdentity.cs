using System.Security.Cryptography;
using System.Text.Json;

namespace VMUNet.Model;

/// <summary>What a run is: a hash of its options and data. Where it lies, and how often it is saved, is not part of that.</summary>
internal static class RunIdentity
{
    /// <summary>The hash, hexadecimal.</summary>
    /// <param name="options">Options as they were given.</param>
    /// <param name="dataHash">Hash of the data.</param>
    /// <param name="startHash">Hash of the weights it starts from; null for random ones.</param>
    public static string Of(TrainingOptions options, string dataHash, string? startHash)
    {
        var identity = options with
        {
            Out = string.Empty,
            Name = null,
            CheckpointMinutes = 0,
            Data = dataHash,
            CuratedData = null,
            InitialCheckpoint = options.InitialCheckpoint is null ? null : startHash,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(identity, ModelJson.Options)));
    }
}
