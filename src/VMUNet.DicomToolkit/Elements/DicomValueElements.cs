using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit;

/// <summary>FD: 64-bit floats.</summary>
public class DicomFloatingPointDouble : DicomValueElement<double>
{
    /// <summary>From numbers.</summary>
    public DicomFloatingPointDouble(DicomTag tag, params double[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomFloatingPointDouble(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.FD;
}

/// <summary>FL: 32-bit floats.</summary>
public class DicomFloatingPointSingle : DicomValueElement<float>
{
    /// <summary>From numbers.</summary>
    public DicomFloatingPointSingle(DicomTag tag, params float[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomFloatingPointSingle(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.FL;
}

/// <summary>SL: signed 32-bit integers.</summary>
public class DicomSignedLong : DicomValueElement<int>
{
    /// <summary>From numbers.</summary>
    public DicomSignedLong(DicomTag tag, params int[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomSignedLong(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.SL;
}

/// <summary>SS: signed 16-bit integers.</summary>
public class DicomSignedShort : DicomValueElement<short>
{
    /// <summary>From numbers.</summary>
    public DicomSignedShort(DicomTag tag, params short[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomSignedShort(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.SS;
}

/// <summary>SV: signed 64-bit integers.</summary>
public class DicomSignedVeryLong : DicomValueElement<long>
{
    /// <summary>From numbers.</summary>
    public DicomSignedVeryLong(DicomTag tag, params long[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomSignedVeryLong(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.SV;
}

/// <summary>UL: unsigned 32-bit integers.</summary>
public class DicomUnsignedLong : DicomValueElement<uint>
{
    /// <summary>From numbers.</summary>
    public DicomUnsignedLong(DicomTag tag, params uint[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUnsignedLong(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UL;
}

/// <summary>US: unsigned 16-bit integers.</summary>
public class DicomUnsignedShort : DicomValueElement<ushort>
{
    /// <summary>From numbers.</summary>
    public DicomUnsignedShort(DicomTag tag, params ushort[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUnsignedShort(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.US;
}

/// <summary>UV: unsigned 64-bit integers.</summary>
public class DicomUnsignedVeryLong : DicomValueElement<ulong>
{
    /// <summary>From numbers.</summary>
    public DicomUnsignedVeryLong(DicomTag tag, params ulong[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUnsignedVeryLong(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UV;
}

/// <summary>OB: bytes.</summary>
public class DicomOtherByte : DicomOtherElement<byte>
{
    /// <summary>From numbers.</summary>
    public DicomOtherByte(DicomTag tag, params byte[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomOtherByte(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OB;
}

/// <summary>OD: 64-bit floats, opaque.</summary>
public class DicomOtherDouble : DicomOtherElement<double>
{
    /// <summary>From numbers.</summary>
    public DicomOtherDouble(DicomTag tag, params double[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomOtherDouble(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OD;
}

/// <summary>OF: 32-bit floats, opaque.</summary>
public class DicomOtherFloat : DicomOtherElement<float>
{
    /// <summary>From numbers.</summary>
    public DicomOtherFloat(DicomTag tag, params float[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomOtherFloat(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OF;
}

/// <summary>OL: 32-bit words.</summary>
public class DicomOtherLong : DicomOtherElement<uint>
{
    /// <summary>From numbers.</summary>
    public DicomOtherLong(DicomTag tag, params uint[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomOtherLong(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OL;
}

/// <summary>OV: 64-bit words.</summary>
public class DicomOtherVeryLong : DicomOtherElement<ulong>
{
    /// <summary>From numbers.</summary>
    public DicomOtherVeryLong(DicomTag tag, params ulong[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomOtherVeryLong(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OV;
}

/// <summary>OW: 16-bit words.</summary>
public class DicomOtherWord : DicomOtherElement<ushort>
{
    /// <summary>From numbers.</summary>
    public DicomOtherWord(DicomTag tag, params ushort[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomOtherWord(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.OW;
}

/// <summary>UN: bytes of unknown meaning.</summary>
public class DicomUnknown : DicomOtherByte
{
    /// <summary>From numbers.</summary>
    public DicomUnknown(DicomTag tag, params byte[] values) : base(tag, values)
    {
    }

    /// <summary>Over bytes.</summary>
    public DicomUnknown(DicomTag tag, IByteBuffer data) : base(tag, data)
    {
    }

    /// <inheritdoc/>
    public override DicomVR ValueRepresentation => DicomVR.UN;
}
