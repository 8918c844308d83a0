using System.Globalization;

namespace VMUNet.Dicom;

/// <summary>How the stored samples of a monochrome frame become physical values.</summary>
internal readonly record struct StoredPixels
{
    /// <summary>Value of padding outside the reconstructed field of a CT, Hounsfield units: air.</summary>
    private const float OutsideCtHu = -1024;

    private readonly int _bytes;
    private readonly int _shift;
    private readonly int _unusedBits;
    private readonly bool _isSigned;
    private readonly double _slope;
    private readonly double _intercept;
    private readonly long _paddingFrom;
    private readonly long _paddingTo;
    private readonly float _outside;

    private StoredPixels(SliceHeader slice)
    {
        var data = slice.Data;
        var allocated = data.GetInt(DicomTag.BitsAllocated, 16);
        var stored = data.GetInt(DicomTag.BitsStored, allocated);
        var high = data.GetInt(DicomTag.HighBit, stored - 1);
        if (allocated is not (8 or 16 or 32) || stored < 1 || stored > allocated || high < stored - 1
            || high >= allocated)
        {
            throw new RefusalException(RefusalReason.UnsupportedEncoding,
                $"Instance {slice.SopInstanceUid} stores {stored} of {allocated} bits with high bit {high}; expected "
                + "8, 16 or 32 bits allocated and a range inside them. Re-send it in another encoding");
        }
        _bytes = allocated / 8;
        _shift = high - stored + 1;
        _unusedBits = 32 - stored;
        _isSigned = data.GetInt(DicomTag.PixelRepresentation, 0) == 1;
        _slope = Rescale(slice, DicomTag.RescaleSlope, 1);
        _intercept = Rescale(slice, DicomTag.RescaleIntercept, 0);
        if (_slope == 0 || !float.IsFinite((float)(_slope * uint.MaxValue + _intercept))
            || !float.IsFinite((float)(_slope * int.MinValue + _intercept)))
        {
            throw new RefusalException(RefusalReason.BadRescale, string.Create(CultureInfo.InvariantCulture,
                $"Instance {slice.SopInstanceUid} has rescale slope {_slope} and intercept {_intercept}; expected a slope "
                + $"other than 0 and finite values. Re-send a corrected image"));
        }
        if (data.GetItems(DicomTag.ModalityLUTSequence).Count > 0)
        {
            throw new RefusalException(RefusalReason.BadRescale,
                $"Instance {slice.SopInstanceUid} maps its values through a modality table (0028,3000); expected rescale "
                + "slope and intercept. Have the sender apply the table");
        }
        (_paddingFrom, _paddingTo) = Padding(data, _isSigned);
        _outside = data.GetText(DicomTag.Modality) == "CT" ? OutsideCtHu : 0;
    }

    /// <summary>The reading rule of a slice.</summary>
    /// <exception cref="RefusalException">The attributes contradict each other.</exception>
    public static StoredPixels For(SliceHeader slice) => new(slice);

    /// <summary>Bytes of one frame of the given number of pixels.</summary>
    public int FrameBytes(int pixels) => checked(pixels * _bytes);

    /// <summary>Sign-extends, masks unused bits, rescales; padding becomes the outside value.</summary>
    /// <param name="frame">Little-endian samples, row by row.</param>
    /// <param name="physical">Receives one value a sample.</param>
    public void ToPhysical(ReadOnlySpan<byte> frame, Span<float> physical)
    {
        for (var i = 0; i < physical.Length; i++)
        {
            var value = Sample(frame, i);
            physical[i] = value >= _paddingFrom && value <= _paddingTo
                ? _outside
                : (float)(_slope * value + _intercept);
        }
    }

    private long Sample(ReadOnlySpan<byte> frame, int index)
    {
        var at = index * _bytes;
        uint raw = _bytes switch
        {
            1 => frame[at],
            2 => (uint)(frame[at] | frame[at + 1] << 8),
            _ => (uint)(frame[at] | frame[at + 1] << 8 | frame[at + 2] << 16 | frame[at + 3] << 24),
        };
        raw = raw >> _shift << _unusedBits;
        return _isSigned ? (int)raw >> _unusedBits : raw >> _unusedBits;
    }

    /// <summary>A value that is there and is no number would change every voxel if it were passed over.</summary>
    private static double Rescale(SliceHeader slice, DicomTag tag, double whenAbsent)
    {
        var text = slice.Text(tag);
        return text.Length == 0 ? whenAbsent
            : slice.Number(tag) ?? throw new RefusalException(RefusalReason.BadRescale,
                $"Instance {slice.SopInstanceUid} has '{DicomText.Cut(text, 32)}' in {tag}; expected a finite number. Re-send "
                + "a corrected image");
    }

    /// <summary>Padding range in stored units; empty (from above to) when the image declares none.</summary>
    private static (long From, long To) Padding(DicomDataset data, bool isSigned)
    {
        if (Word(data, DicomTag.PixelPaddingValue, isSigned) is not { } value)
        {
            return (1, 0);
        }
        var limit = Word(data, DicomTag.PixelPaddingRangeLimit, isSigned) ?? value;
        return (Math.Min(value, limit), Math.Max(value, limit));
    }

    /// <summary>A value whose representation is US or SS depending on the pixels: read from its bytes.</summary>
    private static long? Word(DicomDataset data, DicomTag tag, bool isSigned)
    {
        if (data.GetBytes(tag) is not { Length: >= 2 } bytes)
        {
            return null;
        }
        var word = bytes[0] | bytes[1] << 8;
        return isSigned ? (short)word : word;
    }
}
