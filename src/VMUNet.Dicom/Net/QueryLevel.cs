namespace VMUNet.Dicom;

/// <summary>Level of a Study Root query or retrieval (PS3.4 C.6.2).</summary>
public enum QueryLevel
{
    /// <summary>STUDY.</summary>
    Study,

    /// <summary>SERIES.</summary>
    Series,

    /// <summary>IMAGE: single instances.</summary>
    Image,
}
