using VMUNet.Dimse;

namespace VMUNet.DicomListener;

/// <summary>Whether a data set that was read to its end is the object that its sender announced; a pure decision.</summary>
internal static class InstanceRule
{
    /// <summary>Null when it may be stored, else the status and its comment.</summary>
    public static DimseStatus? Judge(StoreRequest request, SkimmedHeader header)
    {
        var sopInstance = header.Text(SkimTags.SopInstanceUid);
        var study = header.Text(SkimTags.StudyInstanceUid);
        var series = header.Text(SkimTags.SeriesInstanceUid);
        if (study.Length == 0 || series.Length == 0)
        {
            return DimseStatus.MissingNeeds.With("no study or series instance UID");
        }

        if (!DicomUidRule.IsValid(study) || !DicomUidRule.IsValid(series)
            || (sopInstance.Length > 0 && !DicomUidRule.IsValid(sopInstance)))
        {
            return DimseStatus.InvalidObjectInstance.With("illegal study, series or SOP instance UID");
        }

        if (header.Text(SkimTags.SopClassUid) != request.SopClassUid || sopInstance != request.SopInstanceUid)
        {
            return DimseStatus.DataSetDoesNotMatchSopClass.With("SOP class or instance differs from the command");
        }

        return SopClasses.IsImage(request.SopClassUid) && !HasPixelGeometry(header)
            ? DimseStatus.MissingNeeds.With("no rows, columns, bits allocated or pixel data")
            : null;
    }

    private static bool HasPixelGeometry(SkimmedHeader header) =>
        header.Number(SkimTags.Rows) is > 0
        && header.Number(SkimTags.Columns) is > 0
        && header.Number(SkimTags.BitsAllocated) is > 0
        && header.PixelBytes > 0;
}
