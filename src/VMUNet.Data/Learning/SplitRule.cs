using VMUNet.Data.Studies;

namespace VMUNet.Data.Learning;

/// <summary>Draws a patient's split from its bucket: first the dev percents, then the locked ones, the rest trains.</summary>
internal sealed class SplitRule(PatientKeys patients, int devPercent, int lockedPercent)
{
    public int BucketOf(string patientKey) => patients.BucketOf(patientKey);

    public Split SplitOf(int bucket) =>
        bucket < devPercent ? Split.Dev : bucket < devPercent + lockedPercent ? Split.Locked : Split.Train;
}
