using System.Collections;
using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>Encapsulated pixel data (PS3.5 section A.4): an offset table and fragments.</summary>
public abstract class DicomFragmentSequence : DicomItem, IEnumerable<IByteBuffer>
{
    /// <summary>Makes one without fragments.</summary>
    protected DicomFragmentSequence(DicomTag tag) : base(tag)
    {
    }

    /// <summary>Offset of each frame's first fragment from the end of the table's item; may be empty.</summary>
    public IList<uint> OffsetTable { get; } = [];

    /// <summary>The fragments in order.</summary>
    public IList<IByteBuffer> Fragments { get; } = [];

    /// <inheritdoc/>
    public IEnumerator<IByteBuffer> GetEnumerator() => Fragments.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Fragments of VR OB.</summary>
public class DicomOtherByteFragment : DicomFragmentSequence
{
    /// <summary>Makes one without fragments.</summary>
    public DicomOtherByteFragment(DicomTag tag) : base(tag)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OB;
}

/// <summary>Fragments of VR OW.</summary>
public class DicomOtherWordFragment : DicomFragmentSequence
{
    /// <summary>Makes one without fragments.</summary>
    public DicomOtherWordFragment(DicomTag tag) : base(tag)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OW;
}
