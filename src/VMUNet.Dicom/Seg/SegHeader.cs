namespace VMUNet.Dicom;

/// <summary>Attributes that a SEG takes over from its source series.</summary>
internal static class SegHeader
{
    /// <summary>Type 1 and 2: present in every SEG, empty where the source has none.</summary>
    private static readonly DicomTag[] Required =
    [
        DicomTag.PatientName, DicomTag.PatientID, DicomTag.PatientBirthDate, DicomTag.PatientSex,
        DicomTag.StudyInstanceUID, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber,
        DicomTag.ReferringPhysicianName, DicomTag.StudyID,
    ];

    /// <summary>Type 3: taken over when the source's value is legal.</summary>
    private static readonly DicomTag[] Optional =
    [
        DicomTag.IssuerOfPatientID, DicomTag.PatientAge, DicomTag.PatientSize, DicomTag.PatientWeight,
        DicomTag.StudyDescription, DicomTag.ClinicalTrialSponsorName, DicomTag.ClinicalTrialProtocolID,
        DicomTag.ClinicalTrialProtocolName, DicomTag.ClinicalTrialSiteID, DicomTag.ClinicalTrialSiteName,
        DicomTag.ClinicalTrialSubjectID, DicomTag.ClinicalTrialSubjectReadingID, DicomTag.ClinicalTrialTimePointID,
        DicomTag.ReferencedPerformedProcedureStepSequence,
    ];

    /// <summary>Copies patient and study attributes, and the character set that their bytes are in.</summary>
    public static void CopyPatientAndStudy(DicomDataset source, DicomDataset target)
    {
        Copy(source, target, DicomTag.SpecificCharacterSet);
        foreach (var tag in Required)
        {
            if (source.GetDicomItem<DicomItem>(tag) is { } item)
            {
                target.Add(item);
            }
            else
            {
                target.Add(tag, Array.Empty<string>());
            }
        }
        foreach (var tag in Optional)
        {
            Copy(source, target, tag);
        }
        // 1C: a removed identity demands a method, so a source without one cannot be repeated
        if (IsLegal(source, DicomTag.DeidentificationMethod)
            && source.GetText(DicomTag.DeidentificationMethod).Length > 0)
        {
            Copy(source, target, DicomTag.PatientIdentityRemoved);
            Copy(source, target, DicomTag.DeidentificationMethod);
        }
    }

    /// <summary>Content creator; a name beyond ASCII needs a character set where the source has none.</summary>
    public static void AddCreator(DicomDataset target, string name)
    {
        if (name.Any(c => c > '~') && target.GetText(DicomTag.SpecificCharacterSet).Length == 0)
        {
            target.AddOrUpdate(DicomTag.SpecificCharacterSet, "ISO_IR 192");
        }
        target.Add(DicomTag.ContentCreatorName, DicomText.Cut(name.Replace('\\', ' '), 64));
    }

    /// <summary>A lossy source stays marked as such, with ratio and method; one that came in a lossy encoding and does
    /// not say so is marked too.</summary>
    public static void AddLossyHistory(DicomDataset source, DicomDataset target)
    {
        var syntax = source.InternalTransferSyntax;
        if (source.GetText(DicomTag.LossyImageCompression) == "01")
        {
            target.Add(DicomTag.LossyImageCompression, "01");
            Copy(source, target, DicomTag.LossyImageCompressionRatio);
            Copy(source, target, DicomTag.LossyImageCompressionMethod);
        }
        else if (syntax.IsLossy)
        {
            var pixels = DicomPixelData.Create(source);
            var ratio = (double)pixels.UncompressedFrameSize / Math.Max(1, pixels.GetFrame(0).Size);
            target.Add(DicomTag.LossyImageCompression, "01");
            target.Add(DicomTag.LossyImageCompressionRatio, DicomText.ToDecimalString(Math.Round(ratio, 2)));
            target.Add(DicomTag.LossyImageCompressionMethod, syntax.LossyCompressionMethod);
        }
        else
        {
            target.Add(DicomTag.LossyImageCompression, "00");
        }
    }

    private static void Copy(DicomDataset source, DicomDataset target, DicomTag tag)
    {
        if (IsLegal(source, tag) && source.GetDicomItem<DicomItem>(tag) is { } item)
        {
            target.Add(item);
        }
    }

    private static bool IsLegal(DicomDataset source, DicomTag tag)
    {
        if (source.GetDicomItem<DicomItem>(tag) is not { } item)
        {
            return false;
        }
        try
        {
            item.Validate();
            return true;
        }
        catch (DicomValidationException)
        {
            return false;
        }
    }
}
