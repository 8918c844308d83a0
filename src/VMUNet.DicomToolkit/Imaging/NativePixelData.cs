using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Imaging;

/// <summary>Frames one after the other in one value (PS3.5 section 8.1.1, 8.2).</summary>
internal sealed class NativePixelData(DicomDataset dataset, IList<IByteBuffer> buffers) : DicomPixelData(dataset)
{
    private readonly CompositeByteBuffer _all = new(buffers);

    public override IByteBuffer GetFrame(int frame)
    {
        CheckFrame(frame);
        var size = UncompressedFrameSize;
        IByteBuffer source = _all.Buffers.Count == 1 ? _all.Buffers[0] : _all;
        var firstBit = BitsAllocated == 1 ? (long)frame * Width * Height * SamplesPerPixel : 8L * frame * size;
        var first = firstBit / 8;
        var shift = (int)(firstBit % 8);
        var bits = BitsAllocated == 1 ? (long)Width * Height * SamplesPerPixel : 8L * size;
        var last = (firstBit + bits + 7) / 8;
        if (last > source.Size)
        {
            throw new DicomDataException(
                $"Pixel data is {source.Size} bytes long; frame {frame} of {NumberOfFrames} ends at byte {last}.");
        }

        var bytes = new byte[last - first];
        source.GetByteRange(first, bytes.Length, bytes);
        return new MemoryByteBuffer(BitsAllocated == 1 ? Align(bytes, shift, bits) : bytes);
    }

    public override void AddFrame(IByteBuffer data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var count = Dataset.GetSingleValueOrDefault(DicomTag.NumberOfFrames, 0);
        var bits = (long)Width * Height * SamplesPerPixel;
        if (BitsAllocated == 1 && bits % 8 != 0 && count > 0)
        {
            // Frames of bits follow each other without padding (PS3.5 8.1.1): the last byte so far is filled up.
            _all.Buffers.Add(new MemoryByteBuffer(Append(_all.Data, count * bits, data.Data, bits)));
            while (_all.Buffers.Count > 1)
            {
                _all.Buffers.RemoveAt(0);
            }
        }
        else
        {
            _all.Buffers.Add(data);
        }

        NumberOfFrames = count + 1;
        var isWord = BitsAllocated > 8 || !Syntax.IsExplicitVR;
        Dataset.AddOrUpdate(isWord ? new DicomOtherWord(DicomTag.PixelData, _all)
            : new DicomOtherByte(DicomTag.PixelData, _all));
    }

    /// <summary>Bits from <paramref name="shift"/> on, moved to the start of the first byte;
    /// bits after the end are 0.</summary>
    private static byte[] Align(byte[] bytes, int shift, long bits)
    {
        var aligned = new byte[(bits + 7) / 8];
        for (var i = 0; i < aligned.Length; i++)
        {
            var next = i + 1 < bytes.Length ? bytes[i + 1] : 0;
            aligned[i] = (byte)((bytes[i] | (next << 8)) >> shift);
        }

        if (bits % 8 != 0)
        {
            aligned[^1] &= (byte)((1 << (int)(bits % 8)) - 1);
        }

        return aligned;
    }

    private static byte[] Append(byte[] bytes, long used, byte[] frame, long bits)
    {
        var joined = new byte[(used + bits + 7) / 8];
        bytes.AsSpan(0, (int)((used + 7) / 8)).CopyTo(joined);
        var (start, shift) = ((int)(used / 8), (int)(used % 8));
        for (var i = 0; i < (bits + 7) / 8; i++)
        {
            joined[start + i] |= (byte)(frame[i] << shift);
            if (shift > 0 && start + i + 1 < joined.Length)
            {
                joined[start + i + 1] |= (byte)(frame[i] >> (8 - shift));
            }
        }

        return joined;
    }
}
