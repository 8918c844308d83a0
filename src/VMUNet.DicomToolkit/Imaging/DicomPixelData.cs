using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Imaging;

/// <summary>Frames of a data set's pixel data, as they are stored;
/// <see cref="Codec.DicomTranscoder"/> decodes.</summary>
public abstract class DicomPixelData
{
    private const int MaximumFrames = 1_000_000;

    /// <summary>Over a data set.</summary>
    protected DicomPixelData(DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        Dataset = dataset;
        Syntax = dataset.InternalTransferSyntax;
    }

    /// <summary>The data set.</summary>
    public DicomDataset Dataset { get; }

    /// <summary>The syntax that the frames are in.</summary>
    public DicomTransferSyntax Syntax { get; }

    /// <summary>Columns (0028,0011).</summary>
    public ushort Width
    {
        get => Dataset.GetSingleValue<ushort>(DicomTag.Columns);
        set => Dataset.AddOrUpdate(DicomTag.Columns, value);
    }

    /// <summary>Rows (0028,0010).</summary>
    public ushort Height
    {
        get => Dataset.GetSingleValue<ushort>(DicomTag.Rows);
        set => Dataset.AddOrUpdate(DicomTag.Rows, value);
    }

    /// <summary>Number of frames (0028,0008); 1 when not stated.</summary>
    /// <exception cref="DicomDataException">Not between 1 and a million.</exception>
    public int NumberOfFrames
    {
        get
        {
            var frames = Dataset.GetSingleValueOrDefault(DicomTag.NumberOfFrames, 1);
            return frames is >= 0 and <= MaximumFrames ? Math.Max(1, frames)
                : throw new DicomDataException($"Number of Frames is {frames}, expected 1 to {MaximumFrames}.");
        }

        protected set => Dataset.AddOrUpdate(DicomTag.NumberOfFrames, value);
    }

    /// <summary>Bits of a sample's place (0028,0100): 1 or a multiple of 8.</summary>
    public ushort BitsAllocated => Dataset.GetSingleValue<ushort>(DicomTag.BitsAllocated);

    /// <summary>Bits of a sample (0028,0101); all allocated ones when not stated.</summary>
    public ushort BitsStored
    {
        get => Dataset.GetSingleValueOrDefault(DicomTag.BitsStored, BitsAllocated);
        set => Dataset.AddOrUpdate(DicomTag.BitsStored, value);
    }

    /// <summary>Highest bit of a sample (0028,0102).</summary>
    public ushort HighBit
    {
        get => Dataset.GetSingleValueOrDefault(DicomTag.HighBit, (ushort)(BitsStored - 1));
        set => Dataset.AddOrUpdate(DicomTag.HighBit, value);
    }

    /// <summary>Samples of a pixel (0028,0002); 1 when not stated.</summary>
    public ushort SamplesPerPixel
    {
        get => Dataset.GetSingleValueOrDefault(DicomTag.SamplesPerPixel, (ushort)1);
        set => Dataset.AddOrUpdate(DicomTag.SamplesPerPixel, value);
    }

    /// <summary>Signed or not (0028,0103); unsigned when not stated.</summary>
    public PixelRepresentation PixelRepresentation
    {
        get => (PixelRepresentation)Dataset.GetSingleValueOrDefault(DicomTag.PixelRepresentation, (ushort)0);
        set => Dataset.AddOrUpdate(DicomTag.PixelRepresentation, (ushort)value);
    }

    /// <summary>Order of colour samples (0028,0006); interleaved when not stated.</summary>
    public PlanarConfiguration PlanarConfiguration
    {
        get => (PlanarConfiguration)Dataset.GetSingleValueOrDefault(DicomTag.PlanarConfiguration, (ushort)0);
        set => Dataset.AddOrUpdate(DicomTag.PlanarConfiguration, (ushort)value);
    }

    /// <summary>Meaning of samples (0028,0004).</summary>
    public PhotometricInterpretation PhotometricInterpretation
    {
        get => PhotometricInterpretation.Parse(Dataset.GetSingleValue<string>(DicomTag.PhotometricInterpretation));
        set => Dataset.AddOrUpdate(DicomTag.PhotometricInterpretation, value?.Value ?? "");
    }

    /// <summary>Lossy Image Compression (0028,2110) is 01.</summary>
    public bool IsLossy => Dataset.GetSingleValueOrDefault(DicomTag.LossyImageCompression, "") == "01";

    /// <summary>Bytes of a sample.</summary>
    public int BytesAllocated => (BitsAllocated - 1) / 8 + 1;

    /// <summary>Bytes of a decoded frame; of 1-bit frames rounded up to whole bytes.</summary>
    /// <exception cref="DicomDataException">More than an array may hold.</exception>
    public int UncompressedFrameSize
    {
        get
        {
            long pixels = (long)Width * Height;
            var size = BitsAllocated == 1 ? (pixels * SamplesPerPixel + 7) / 8
                : !Syntax.IsEncapsulated && PhotometricInterpretationTerm is "YBR_FULL_422" or "YBR_PARTIAL_422"
                    ? BytesAllocated * pixels * 2
                    : BytesAllocated * pixels * SamplesPerPixel;
            return size <= Array.MaxLength ? (int)size
                : throw new DicomDataException($"A frame of {size} bytes is larger than {Array.MaxLength}.");
        }
    }

    private string PhotometricInterpretationTerm =>
        Dataset.GetSingleValueOrDefault(DicomTag.PhotometricInterpretation, "");

    /// <summary>The pixel data of a data set; with <paramref name="newPixelData"/> empty ones that
    /// take its place.</summary>
    /// <exception cref="DicomDataException">No pixel data, or of a wrong kind.</exception>
    public static DicomPixelData Create(DicomDataset dataset, bool newPixelData = false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (newPixelData)
        {
            dataset.AddOrUpdate(DicomTag.NumberOfFrames, 0);
            return dataset.InternalTransferSyntax.IsEncapsulated
                ? new EncapsulatedPixelData(dataset, Start(dataset, new DicomOtherByteFragment(DicomTag.PixelData)))
                : new NativePixelData(dataset, []);
        }

        return dataset.GetDicomItem<DicomItem>(DicomTag.PixelData) switch
        {
            DicomFragmentSequence fragments => new EncapsulatedPixelData(dataset, fragments),
            DicomElement element => new NativePixelData(dataset, [element.Buffer]),
            _ => throw new DicomDataException("The data set has no pixel data (7fe0,0010)."),
        };
    }

    /// <summary>A frame as it is stored. 1-bit frames that begin inside a byte are shifted to its start.</summary>
    /// <exception cref="DicomDataException">No such frame, or the pixel data is too short for it.</exception>
    public abstract IByteBuffer GetFrame(int frame);

    /// <summary>Adds a frame after the last and counts it in Number of Frames.</summary>
    public abstract void AddFrame(IByteBuffer data);

    private protected void CheckFrame(int frame)
    {
        if (frame < 0 || frame >= NumberOfFrames)
        {
            throw new DicomDataException($"Frame {frame} was asked for; there are {NumberOfFrames}, counted from 0.");
        }
    }

    private static DicomFragmentSequence Start(DicomDataset dataset, DicomFragmentSequence fragments)
    {
        dataset.AddOrUpdate(fragments);
        return fragments;
    }
}
