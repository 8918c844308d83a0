namespace VMUNet.Model;

/// <summary>Network input of one sample by the way of a recipe.</summary>
internal static class ExampleFill
{
    /// <summary>With random changes.</summary>
    /// <param name="sample">Source.</param>
    /// <param name="recipe">Whose way.</param>
    /// <param name="own">Changes of our own recipe.</param>
    /// <param name="random">The example's own stream.</param>
    /// <param name="size">Side of the network input.</param>
    /// <param name="exchange">Labels exchanged by mirroring, in our own recipe.</param>
    /// <param name="image">Receives channels x size x size values.</param>
    /// <param name="target">Receives size x size labels or shares.</param>
    /// <param name="oneClass">Shares instead of labels.</param>
    public static void Changed(
        Sample sample,
        TrainingRecipe recipe,
        AugmentationRecipe own,
        SeededRandom random,
        int size,
        IReadOnlyDictionary<byte, byte> exchange,
        Span<float> image,
        Span<float> target,
        bool oneClass)
    {
        switch (recipe)
        {
            case TrainingRecipe.Isic:
                IsicExample.Fill(sample, random, size, image, target);
                break;
            case TrainingRecipe.Synapse:
                SynapseExample.Fill(sample, random, size, image, target);
                break;
            default:
                Augmenter.Fill(sample, own, random, size, exchange, image, target, oneClass);
                break;
        }
    }

    /// <summary>Without changes but the resampling.</summary>
    public static void Unchanged(Sample sample, TrainingRecipe recipe, int size, Span<float> image, Span<float> target, bool oneClass)
    {
        switch (recipe)
        {
            case TrainingRecipe.Isic:
                IsicExample.Fill(sample, null, size, image, target);
                break;
            case TrainingRecipe.Synapse:
                SynapseExample.Fill(sample, null, size, image, target);
                break;
            default:
                Augmenter.Fill(sample, null, new SeededRandom(0), size, null, image, target, oneClass);
                break;
        }
    }
}
