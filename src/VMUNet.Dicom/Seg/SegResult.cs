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
        /// <summary>Its number of frames.</summary>
        public int Frames => File.Dataset.GetInt(DicomTag.NumberOfFrames, 0);

        /// <summary>The same as an object of any kind.</summary>
        public ResultObject ToObject() => new(File, SopInstanceUid, SeriesInstanceUid);

        /// <summary>Saves the object as a Part 10 file.</summary>
        public void Save(string path) => File.Save(path);
    }

    /// <summary>No voxel carries an organ: a SEG without frames is not legal (PS3.3 A.51), so none is
    /// written.</summary>
    public sealed record NothingFound : SegResult;
}
