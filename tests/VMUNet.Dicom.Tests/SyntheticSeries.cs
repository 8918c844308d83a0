using System.Buffers.Binary;
using System.Globalization;

namespace VMUNet.Dicom.Tests;

/// <summary>A small CT series written image by image, every attribute open to change.</summary>
internal sealed class SyntheticSeries
{
    public string StudyUid { get; init; } = "2.25.1001";

    public string SeriesUid { get; init; } = "2.25.1002";

    public string FrameOfReferenceUid { get; init; } = "2.25.1003";

    public int Rows { get; init; } = 6;

    public int Columns { get; init; } = 5;

    public double[] Orientation { get; init; } = [1, 0, 0, 0, 1, 0];

    public double[] Spacing { get; init; } = [0.75, 0.5];

    public string SopClass { get; init; } = "1.2.840.10008.5.1.4.1.1.2";

    public string Modality { get; init; } = "CT";

    /// <summary>Called with the data set and the image's index, before it is saved.</summary>
    public Action<DicomDataset, int>? Change { get; init; }

    /// <summary>Called for the samples of an image: signed 16-bit.</summary>
    public Func<int, int, int, short> Sample { get; init; } = (image, row, column) => (short)(100 * image + 10 * row + column);

    /// <summary>Position of every image.</summary>
    public IReadOnlyList<double[]> Positions { get; init; } = Along([0, 0, 2.5], 4);

    public static double[][] Along(double[] step, int count, double[]? origin = null) =>
        [.. Enumerable.Range(0, count).Select(i =>
            Enumerable.Range(0, 3).Select(a => (origin?[a] ?? -10 * a) + i * step[a]).ToArray())];

    /// <summary>Writes the images in the given order of names.</summary>
    public IReadOnlyList<string> Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string>();
        for (var i = 0; i < Positions.Count; i++)
        {
            var data = Image(i);
            Change?.Invoke(data, i);
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"image{i:000}.dcm"));
            new DicomFile(data).Save(path);
            files.Add(path);
        }
        return files;
    }

    public string SopUid(int image) => string.Create(CultureInfo.InvariantCulture, $"{SeriesUid}.{image + 1}");

    private static string Ds(double value) => DicomText.ToDecimalString(value);

    private DicomDataset Image(int index)
    {
        var pixels = new byte[2 * Rows * Columns];
        for (var i = 0; i < Rows * Columns; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(pixels.AsSpan(2 * i), Sample(index, i / Columns, i % Columns));
        }
        return new DicomDataset(DicomTransferSyntax.ExplicitVRLittleEndian)
        {
            { DicomTag.SOPClassUID, SopClass },
            { DicomTag.SOPInstanceUID, SopUid(index) },
            { DicomTag.ImageType, "ORIGINAL", "PRIMARY", "AXIAL" },
            { DicomTag.StudyDate, "20260102" },
            { DicomTag.StudyTime, "101112" },
            { DicomTag.AccessionNumber, "A77" },
            { DicomTag.ReferringPhysicianName, "" },
            { DicomTag.PatientName, "Test^Synthetic" },
            { DicomTag.PatientID, "P-1" },
            { DicomTag.PatientBirthDate, "" },
            { DicomTag.PatientSex, "O" },
            { DicomTag.StudyInstanceUID, StudyUid },
            { DicomTag.SeriesInstanceUID, SeriesUid },
            { DicomTag.StudyID, "7" },
            { DicomTag.Modality, Modality },
            { DicomTag.FrameOfReferenceUID, FrameOfReferenceUid },
            { DicomTag.InstanceNumber, (Positions.Count - index).ToString(CultureInfo.InvariantCulture) },
            { DicomTag.ImagePositionPatient, [.. Positions[index].Select(Ds)] },
            { DicomTag.ImageOrientationPatient, [.. Orientation.Select(Ds)] },
            { DicomTag.PixelSpacing, [.. Spacing.Select(Ds)] },
            { DicomTag.SliceThickness, "2.5" },
            { DicomTag.RescaleSlope, "1" },
            { DicomTag.RescaleIntercept, "0" },
            { DicomTag.SamplesPerPixel, (ushort)1 },
            { DicomTag.PhotometricInterpretation, "MONOCHROME2" },
            { DicomTag.Rows, (ushort)Rows },
            { DicomTag.Columns, (ushort)Columns },
            { DicomTag.BitsAllocated, (ushort)16 },
            { DicomTag.BitsStored, (ushort)16 },
            { DicomTag.HighBit, (ushort)15 },
            { DicomTag.PixelRepresentation, (ushort)1 },
            new DicomOtherWord(DicomTag.PixelData, new MemoryByteBuffer(pixels)),
        };
    }
}
