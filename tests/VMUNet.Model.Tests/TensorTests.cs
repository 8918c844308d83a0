namespace VMUNet.Model.Tests;

/// <summary>Tests that count tensors or compare bits of trainings run one after the other.</summary>
[CollectionDefinition(nameof(TensorTests), DisableParallelization = true)]
public sealed class TensorTests;
