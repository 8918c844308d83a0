using VMUNet.Dicom;
using VMUNet.Imaging;

namespace VMUNet.Host;

/// <summary>Measurement report and picture beside a SEG that a command writes.</summary>
internal static class ResultCompanions
{
    /// <summary>Writes what is asked for; both pass the outgoing gate first.</summary>
    /// <param name="content">The image.</param>
    /// <param name="source">Its series.</param>
    /// <param name="labels">The labels on its grid.</param>
    /// <param name="organs">Meaning of the values.</param>
    /// <param name="seg">The SEG of the labels; null when nothing was found.</param>
    /// <param name="notes">What a reader must know.</param>
    /// <param name="provenance">Who made the labels.</param>
    /// <param name="report">File for the report; null for none.</param>
    /// <param name="picture">File for the picture; null for none. None is written when nothing was found.</param>
    public static void Write(SeriesContent content, SourceSeries source, LabelMap labels, IReadOnlyList<OrganLabel> organs,
        SegResult.Written? seg, IReadOnlyList<string> notes, SegProvenance provenance, string? report, string? picture)
    {
        var measurements = OrganMeasurements.Of(source, labels, (content as SeriesContent.AsVolume)?.Volume, organs);
        if (report is not null)
        {
            ReportWriter.Write(source, measurements, seg, notes, provenance).Save(report);
            Demand(OutgoingGate.CheckReport(report, source, measurements, seg), report);
        }
        if (picture is not null && seg is not null)
        {
            var model = $"{provenance.ModelName} {provenance.AlgorithmVersion}";
            var (drawn, slices) = content switch
            {
                SeriesContent.AsVolume volume =>
                    ResultPicture.Draw(volume.Volume, source.Modality == "CT", labels, measurements, model),
                SeriesContent.AsPhotograph photo =>
                    (ResultPicture.Draw(photo.Picture, labels, measurements, model), [0]),
                _ => throw new InvalidOperationException($"unknown content {content.GetType().Name}"),
            };
            CaptureWriter.Write(source, drawn, slices, provenance).Save(picture);
            Demand(OutgoingGate.CheckPicture(picture, source, drawn), picture);
        }
    }

    /// <summary>Removes a file that does not say what was meant.</summary>
    public static void Demand(GateVerdict verdict, string file)
    {
        if (verdict is GateVerdict.Held held)
        {
            File.Delete(file);
            throw new InvalidOperationException($"{Path.GetFileName(file)} was not kept, it does not read back as made: "
                + held.Reason);
        }
    }
}
