namespace VMUNet.Data.Processing;

/// <summary>What a series job does.</summary>
public enum JobKind
{
    /// <summary>Segments an image series.</summary>
    Segment,

    /// <summary>Admits a reviewer's SEG.</summary>
    Correction,
}

/// <summary>Where a series job stands.</summary>
public enum JobState
{
    /// <summary>In its queue.</summary>
    Queued,

    /// <summary>Leased by a worker.</summary>
    Running,

    /// <summary>Result stored.</summary>
    Succeeded,

    /// <summary>Input that we cannot use.</summary>
    Refused,

    /// <summary>We broke.</summary>
    Failed,

    /// <summary>A later revision of the series replaced it.</summary>
    Superseded,
}

/// <summary>What the network found.</summary>
public enum SegmentationOutcomeKind
{
    /// <summary>A SEG was written.</summary>
    Seg,

    /// <summary>No voxel of any organ: no object is sent, the row says so.</summary>
    NothingFound,
}

/// <summary>What a result consists of.</summary>
public enum ResultKind
{
    /// <summary>The segmentation.</summary>
    Seg,

    /// <summary>The measurement report.</summary>
    Report,

    /// <summary>The picture with outlines.</summary>
    Picture,
}

/// <summary>Where one result's delivery to one destination stands.</summary>
public enum DeliveryState
{
    /// <summary>To be sent at its time.</summary>
    Due,

    /// <summary>Acknowledged by the destination.</summary>
    Delivered,

    /// <summary>Refused for good, or given up; waits for a person.</summary>
    Dead,
}

/// <summary>Where a model version stands.</summary>
public enum ModelState
{
    /// <summary>Trained or imported, not judged.</summary>
    Candidate,

    /// <summary>Evaluated on the locked set.</summary>
    Evaluated,

    /// <summary>The gate lets it pass; a person must approve.</summary>
    Eligible,

    /// <summary>Runs without write-back.</summary>
    Shadow,

    /// <summary>Serves its task.</summary>
    Champion,

    /// <summary>Was champion.</summary>
    Retired,

    /// <summary>The gate or a person said no.</summary>
    Rejected,
}

/// <summary>Where a model version came from.</summary>
public enum ModelOrigin
{
    /// <summary>In the product's models folder.</summary>
    Shipped,

    /// <summary>Brought in by the site.</summary>
    Imported,

    /// <summary>Trained here.</summary>
    Trained,
}
