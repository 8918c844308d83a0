using VMUNet.Imaging;

namespace VMUNet.Dicom.Tests;

/// <summary>Organs that tests ask for, in the values of an eight-organ CT task.</summary>
internal static class Organs
{
    public static readonly CodedConcept Anatomy = new("91723000", "SCT", "Anatomical Structure");
    public static readonly CodedConcept Left = new("7771000", "SCT", "Left");
    public static readonly CodedConcept Right = new("24028007", "SCT", "Right");

    public static readonly IReadOnlyList<OrganLabel> Eight =
    [
        Make(1, "aorta", "15825003", "Aorta", new Rgb(230, 25, 75)),
        Make(2, "gallbladder", "28231008", "Gallbladder", new Rgb(60, 180, 75)),
        Make(3, "left-kidney", "64033007", "Kidney", new Rgb(0, 130, 200), Left),
        Make(4, "right-kidney", "64033007", "Kidney", new Rgb(70, 240, 240), Right),
        Make(5, "liver", "10200004", "Liver", new Rgb(170, 110, 40)),
        Make(6, "pancreas", "15776009", "Pancreas", new Rgb(255, 225, 25)),
        Make(7, "spleen", "78961009", "Spleen", new Rgb(145, 30, 180)),
        Make(8, "stomach", "69695003", "Stomach", new Rgb(240, 50, 230)),
    ];

    public static readonly IReadOnlyList<OrganLabel> Lesion =
    [
        new OrganLabel
        {
            Value = 1,
            Name = "skin-lesion",
            Category = new CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure"),
            Type = new CodedConcept("95324001", "SCT", "Skin lesion"),
            AnatomicRegion = new CodedConcept("39937001", "SCT", "Skin"),
            Colour = new Rgb(245, 130, 48),
        },
    ];

    public static readonly SegProvenance Model = new()
    {
        AlgorithmName = "VM-UNet",
        AlgorithmVersion = "1",
        WeightsSha256 = new string('a', 64),
        ModelName = "abdomen-ct-8",
        SoftwareVersion = "0.1.0",
        CreatedAt = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
    };

    public static OrganLabel Make(
        byte value, string name, string code, string meaning, Rgb colour = default, CodedConcept? modifier = null) => new()
    {
        Value = value,
        Name = name,
        Category = Anatomy,
        Type = new CodedConcept(code, "SCT", meaning),
        Modifier = modifier,
        Colour = colour,
    };
}
