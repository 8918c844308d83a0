namespace VMUNet.Dimse;

/// <summary>Why a data set cannot be read to its end.</summary>
public enum SkimFault
{
    /// <summary>The bytes end inside an element, an item or a sequence.</summary>
    Truncated,

    /// <summary>An element says that it is longer than the item or sequence around it.</summary>
    LengthBeyondParent,

    /// <summary>More sequences inside one another than the limit.</summary>
    TooDeep,

    /// <summary>More elements than the limit.</summary>
    TooManyElements,

    /// <summary>More items or fragments than the limit.</summary>
    TooManyItems,

    /// <summary>An element of group 0000 or 0002, which have no place in a data set.</summary>
    ForbiddenGroup,

    /// <summary>Bytes that are no element header where one must be.</summary>
    MalformedHeader,

    /// <summary>An identifying element comes twice.</summary>
    DuplicateElement,

    /// <summary>Deflated bytes that are none, or that would become more than the limit.</summary>
    BrokenDeflation,

    /// <summary>This transfer syntax cannot be skimmed.</summary>
    UnsupportedTransferSyntax,
}
