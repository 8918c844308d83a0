namespace VMUNet.Benchmarks.Listener;

/// <summary>CT slices of 512 x 512 x 16 bit as data sets in explicit little endian, without a file's header.</summary>
internal static class CtSeries
{
    private const ushort Side = 512;

    /// <summary>A series of its own: UIDs and pixels are new.</summary>
    public static (string Uid, byte[] Bytes)[] Make(int slices)
    {
        var series = DicomUIDGenerator.GenerateDerivedFromUUID();
        var study = DicomUIDGenerator.GenerateDerivedFromUUID();
        var pixels = new byte[2 * Side * Side];
        new Random(slices).NextBytes(pixels);
        return [.. Enumerable.Range(0, slices).Select(z => Slice(study, series, z, pixels))];
    }

    private static (string Uid, byte[] Bytes) Slice(DicomUID study, DicomUID series, int z, byte[] pixels)
    {
        var uid = DicomUIDGenerator.GenerateDerivedFromUUID();
        var data = new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            { DicomTag.SOPClassUID, DicomUID.CTImageStorage },
            { DicomTag.SOPInstanceUID, uid },
            { DicomTag.StudyInstanceUID, study },
            { DicomTag.SeriesInstanceUID, series },
            { DicomTag.Modality, "CT" },
            { DicomTag.PatientID, "BENCH" },
            { DicomTag.InstanceNumber, z + 1 },
            { DicomTag.ImagePositionPatient, -250m, -250m, (decimal)z },
            { DicomTag.ImageOrientationPatient, 1m, 0m, 0m, 0m, 1m, 0m },
            { DicomTag.PixelSpacing, 1m, 1m },
            { DicomTag.Rows, Side },
            { DicomTag.Columns, Side },
            { DicomTag.BitsAllocated, (ushort)16 },
            { DicomTag.BitsStored, (ushort)16 },
            { DicomTag.HighBit, (ushort)15 },
            { DicomTag.PixelRepresentation, (ushort)1 },
            { DicomTag.SamplesPerPixel, (ushort)1 },
            { DicomTag.PhotometricInterpretation, "MONOCHROME2" },
        };
        BitConverter.TryWriteBytes(pixels, z);
        data.Add(new DicomOtherWord(DicomTag.PixelData, new MemoryByteBuffer(pixels.ToArray())));
        var file = new MemoryStream();
        new DicomFile(data).Save(file);
        var bytes = file.ToArray();
        return (uid.UID, bytes[(144 + BitConverter.ToInt32(bytes, 140))..]);
    }
}
