namespace VMUNet.Dicom.Tests.Seg;

/// <summary>A BINARY SEG rewritten in the forms that other tools write.</summary>
internal static class OtherForms
{
    /// <summary>Inside becomes 140 of 255, outside 100: only the threshold at half the maximum tells them apart.</summary>
    public static string Fractional(string binary, string path)
    {
        var data = DicomFile.Open(binary, FileReadOption.ReadAll).Dataset.NotValidated();
        var pixels = Bits(data).Select(bit => (byte)(bit ? 140 : 100)).ToArray();
        data.AddOrUpdate(DicomTag.SegmentationType, "FRACTIONAL");
        data.AddOrUpdate(DicomTag.SegmentationFractionalType, "PROBABILITY");
        data.AddOrUpdate(DicomTag.MaximumFractionalValue, (ushort)255);
        return Save(data, pixels, path);
    }

    /// <summary>One frame a slice, values are segment numbers; frames of one position are joined.</summary>
    public static string LabelMap(string binary, string path)
    {
        var data = DicomFile.Open(binary, FileReadOption.ReadAll).Dataset.NotValidated();
        var bits = Bits(data);
        var size = data.GetInt(DicomTag.Rows, 0) * data.GetInt(DicomTag.Columns, 0);
        var frames = data.GetItems(DicomTag.PerFrameFunctionalGroupsSequence);
        var positions = frames.Select(f => f.GetFirstItem(DicomTag.PlanePositionSequence)!
            .GetText(DicomTag.ImagePositionPatient)).ToList();
        var distinct = positions.Distinct().ToList();
        var pixels = new byte[size * distinct.Count];
        for (var i = 0; i < bits.Count; i++)
        {
            if (bits[i])
            {
                pixels[distinct.IndexOf(positions[i / size]) * size + i % size] = (byte)frames[i / size]
                    .GetFirstItem(DicomTag.SegmentIdentificationSequence)!.GetInt(DicomTag.ReferencedSegmentNumber, 0);
            }
        }
        var kept = distinct.Select(p => frames[positions.IndexOf(p)]).ToArray();
        foreach (var frame in kept)
        {
            frame.Remove(DicomTag.SegmentIdentificationSequence);
        }
        data.AddOrUpdate(DicomTag.SOPClassUID, SopClasses.LabelMapSegmentation);
        data.AddOrUpdate(DicomTag.SegmentationType, "LABELMAP");
        data.AddOrUpdate(new DicomSequence(DicomTag.PerFrameFunctionalGroupsSequence, kept));
        data.AddOrUpdate(DicomTag.NumberOfFrames, kept.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Save(data, pixels, path);
    }

    private static List<bool> Bits(DicomDataset data)
    {
        var bytes = data.GetBytes(DicomTag.PixelData);
        var count = data.GetInt(DicomTag.Rows, 0) * data.GetInt(DicomTag.Columns, 0) * data.GetInt(DicomTag.NumberOfFrames, 0);
        return [.. Enumerable.Range(0, count).Select(i => (bytes[i / 8] >> i % 8 & 1) == 1)];
    }

    private static string Save(DicomDataset data, byte[] pixels, string path)
    {
        data.AddOrUpdate(DicomTag.BitsAllocated, (ushort)8);
        data.AddOrUpdate(DicomTag.BitsStored, (ushort)8);
        data.AddOrUpdate(DicomTag.HighBit, (ushort)7);
        data.AddOrUpdate(new DicomOtherByte(DicomTag.PixelData, new MemoryByteBuffer(DicomText.Even(pixels))));
        new DicomFile(data).Save(path);
        return path;
    }
}
