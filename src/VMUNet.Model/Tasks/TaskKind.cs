namespace VMUNet.Model;

/// <summary>What a task segments.</summary>
public enum TaskKind
{
    /// <summary>A colour photograph.</summary>
    Picture,

    /// <summary>A stack of axial slices.</summary>
    Volume,
}
