using System.Globalization;
using VMUNet.Imaging;

namespace VMUNet.Dicom;

/// <summary>Outcome of writing labels as SEG.</summary>
public abstract record SegResult
{
    private SegResult()
    {
    }

    /// <summary>A SEG object, not yet saved.</summary>
    /// <param name="File">The object; Explicit VR Little Endian.</param>
    /// <param name="SopInstanceUid">Its SOP instance.</param>
    /// <param name="SeriesInstanceUid">Its series.</param>
    public sealed record Written(DicomFile File, string SopInstanceUid, string SeriesInstanceUid) : SegResult
    {
        /// <summary>The organs of its segments: the first one's number is 1.</summary>
        public IReadOnlyList<OrganLabel> Segments { get; init; } = [];

        /// <summary>Segment number of an organ; 0 when this object does not show it.</summary>
        public int NumberOf(OrganLabel organ)
        {
            for (var i = 0; i < Segments.Count; i++)
            {
                if (Segments[i].Value == organ.Value)
                {
                    return i + 1;
                }
            }
            return 0;
        }

        /// <summary>Its SOP class.</summary>
        public string SopClassUid => File.Dataset.GetText(DicomTag.SOPClassUID);

        /// <summary>Its number of frames.</summary>
        public int Frames => File.Dataset.GetInt(DicomTag.NumberOfFrames, 0);

        /// <summary>The same as an object of any kind.</summary>
        public ResultObject ToObject() => new(File, SopInstanceUid, SeriesInstanceUid);

        /// <summary>The same object filed beside another one of the same result.</summary>
        internal Written InSeriesOf(Written first, int number)
        {
            File.Dataset.AddOrUpdate(DicomTag.SeriesInstanceUID, first.SeriesInstanceUid);
            File.Dataset.AddOrUpdate(DicomTag.InstanceNumber, number.ToString(CultureInfo.InvariantCulture));
            return this with { SeriesInstanceUid = first.SeriesInstanceUid };
        }

        /// <summary>Says in the object that other organs stand in others.</summary>
        internal void MarkAsPart()
        {
            var comments = File.Dataset.GetText(DicomTag.ImageComments);
            File.Dataset.AddOrUpdate(
                DicomTag.ImageComments, comments.Length > 0 ? $"{comments}; {SegSet.PartMark}" : SegSet.PartMark);
        }

        /// <summary>Saves the object as a Part 10 file.</summary>
        public void Save(string path) => File.Save(path);
    }

    /// <summary>No voxel carries an organ: a SEG without frames is not legal (PS3.3 A.51), so none is
    /// written.</summary>
    public sealed record NothingFound : SegResult;
}
