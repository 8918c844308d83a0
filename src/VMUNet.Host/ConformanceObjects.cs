namespace VMUNet.Host;

/// <summary>The part of the conformance statement on the objects that are created and read back.</summary>
internal static class ConformanceObjects
{
    /// <summary>Markdown; the same in every configuration.</summary>
    public const string Text = """
        ## Objects that are created

        All in the study of their source, each kind in a series of its own, explicit VR little endian, patient and study attributes
        as the source has them, series description ending in "NOT FOR DIAGNOSTIC USE".

        | Object | Form |
        |---|---|
        | Segmentation | BINARY, one segment an organ found, frames of the source slices that hold it, sorted by segment and position; SNOMED CT codes, CIELab colours, a tracking UID stable for organ and study. None when nothing was found. A destination may have it in several objects of one series (limits of frames and segments), without nominal geometry of photographs, and as LABELMAP where the size of its frames is no multiple of eight pixels |
        | Comprehensive 3D SR | TID 1500; a group an organ (TID 1411, on photographs 1410): volume in mL, on CT mean and standard deviation in HU, change against the patient's last result of the same task; organs not found and notes as comments |
        | Secondary capture | RGB, DERIVED\SECONDARY, burnt-in annotation YES: outlines on up to six key slices, or on the photograph, with a legend |

        Uneven slices: the segmentation keeps every slice's own position, states the median distance, and says so in the image
        comments; volumes are not given. Photographs: it has a nominal plane (spacing 1, unit axes) that viewers need, and no
        millimetres.

        Before an object leaves it is read back and held if anything differs: identity, the rules of its object, each frame's plane
        against the slice that it names, complete references, size and centre of every organ from the object's own bits, every voxel.
        Which objects a destination gets is its setting: `NAME=AE@HOST:PORT?objects=seg+report+picture&max-frames=2000`; without
        settings the segmentation alone. One beyond `max-frames` is not sent and waits on the page Attention.

        ## Objects that are read back

        Segmentations of anybody (BINARY, FRACTIONAL from half of its maximum, LABELMAP; cropped, turned, overlapping, or on voxels of another size or direction) and RT structure
        sets with closed contours on the source slices, as corrections and by `seg read`. Another study, another frame of reference,
        frames between slices or pixels are refused; nothing is resampled.

        """;
}
