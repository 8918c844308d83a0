using VMUNet.DicomToolkit.IO.Buffer;

namespace VMUNet.DicomToolkit.Imaging.Codec;

/// <summary>Changes the encoding of data sets: any supported one to native pixels.</summary>
public class DicomTranscoder
{
    /// <summary>Between two syntaxes.</summary>
    public DicomTranscoder(DicomTransferSyntax inputSyntax, DicomTransferSyntax outputSyntax,
        DicomCodecParams? inputCodecParams = null, DicomCodecParams? outputCodecParams = null)
    {
        ArgumentNullException.ThrowIfNull(inputSyntax);
        ArgumentNullException.ThrowIfNull(outputSyntax);
        (InputSyntax, OutputSyntax) = (inputSyntax, outputSyntax);
        (InputCodecParams, OutputCodecParams) = (inputCodecParams, outputCodecParams);
    }

    /// <summary>Syntax of what comes.</summary>
    public DicomTransferSyntax InputSyntax { get; }

    /// <summary>Syntax of what is made; not encapsulated.</summary>
    public DicomTransferSyntax OutputSyntax { get; }

    /// <summary>Settings of the decoder.</summary>
    public DicomCodecParams? InputCodecParams { get; }

    /// <summary>Settings of the encoder.</summary>
    public DicomCodecParams? OutputCodecParams { get; }

    /// <summary>A file in the output syntax.</summary>
    /// <exception cref="DicomDataException">The pixels cannot be decoded.</exception>
    public DicomFile Transcode(DicomFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var data = Transcode(file.Dataset);
        var result = new DicomFile(data, DicomFileMetaInformation.Partial(data));
        foreach (var item in file.FileMetaInfo.Where(i => !result.FileMetaInfo.Contains(i.Tag)))
        {
            result.FileMetaInfo.Add(item);
        }

        return result;
    }

    /// <summary>A data set in the output syntax; the given one stays as it is.</summary>
    /// <exception cref="DicomDataException">The pixels cannot be decoded.</exception>
    public DicomDataset Transcode(DicomDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (OutputSyntax.IsEncapsulated && OutputSyntax != InputSyntax)
        {
            throw new DicomDataException($"There is no encoder for {OutputSyntax}.");
        }

        var result = dataset.Clone();
        result.InternalTransferSyntax = OutputSyntax;
        if (!InputSyntax.IsEncapsulated || InputSyntax == OutputSyntax || !dataset.Contains(DicomTag.PixelData))
        {
            return result;
        }

        var source = DicomPixelData.Create(dataset);
        result.Remove(DicomTag.PixelData).NotValidated();
        var target = DicomPixelData.Create(result, true);
        for (var frame = 0; frame < source.NumberOfFrames; frame++)
        {
            target.AddFrame(FrameDecoder.Decode(source, frame));
        }

        if (source.SamplesPerPixel > 1)
        {
            var stored = result.GetSingleValueOrDefault(DicomTag.PhotometricInterpretation, "");
            if (InputSyntax != DicomTransferSyntax.RLELossless && stored == "YBR_FULL_422")
            {
                // The decoder widens the colour differences to every pixel.
                target.PhotometricInterpretation = PhotometricInterpretation.YbrFull;
            }
            else if (stored is "YBR_RCT" or "YBR_ICT")
            {
                // JPEG 2000 undoes its own colour transforms.
                target.PhotometricInterpretation = PhotometricInterpretation.Rgb;
            }

            target.PlanarConfiguration = PlanarConfiguration.Interleaved;
        }

        if (!dataset.Contains(DicomTag.NumberOfFrames))
        {
            result.Remove(DicomTag.NumberOfFrames);
        }

        result.ValidateItems = dataset.ValidateItems;
        return result;
    }

    /// <summary>A decoded frame: samples little endian, colour pixel by pixel.</summary>
    /// <exception cref="DicomDataException">The frame cannot be decoded.</exception>
#pragma warning disable CA1822 // an instance method in the interface that this room provides
    public IByteBuffer DecodeFrame(DicomDataset dataset, int frame)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return FrameDecoder.Decode(DicomPixelData.Create(dataset), frame);
    }
#pragma warning restore CA1822
}
