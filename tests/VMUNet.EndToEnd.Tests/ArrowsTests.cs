using System.Text.RegularExpressions;
using System.Xml.Linq;
using VMUNet.Testing;

namespace VMUNet.EndToEnd.Tests;

/// <summary>The rooms of src/ and who may see whom; docs/decisions/0001-house.md says why.</summary>
public sealed class ArrowsTests
{
    private const string Toolkit = "VMUNet.DicomToolkit";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["VMUNet.Imaging"] = [],
        ["VMUNet.Dimse"] = [],
        ["VMUNet.Codecs"] = [],
        [Toolkit] = ["VMUNet.Codecs"],
        ["VMUNet.Data"] = [],
        ["VMUNet.Dicom"] = ["VMUNet.Imaging", "VMUNet.Dimse", "VMUNet.Codecs", Toolkit],
        ["VMUNet.Model"] = ["VMUNet.Imaging"],
        ["VMUNet.DicomListener"] = ["VMUNet.Dimse", "VMUNet.Dicom", "VMUNet.Data", Toolkit],
        ["VMUNet.Jobs"] = ["VMUNet.Model", "VMUNet.Dicom", "VMUNet.Data", "VMUNet.Imaging"],
        ["VMUNet.Reporting"] = ["VMUNet.Data", "VMUNet.Imaging", "VMUNet.Dicom"],
        ["VMUNet.Host"] =
        [
            "VMUNet.Imaging", "VMUNet.Dimse", "VMUNet.Dicom", "VMUNet.Model", "VMUNet.Data", "VMUNet.DicomListener",
            "VMUNet.Jobs", "VMUNet.Reporting",
        ],
    };

    public static TheoryData<string> Rooms => [.. Arrows.Keys];

    [Fact]
    public void Every_folder_of_src_is_a_known_room()
    {
        var folders = Directory.GetDirectories(Path.Combine(RepoPaths.Root, "src")).Select(Path.GetFileName);

        Assert.Equal(Arrows.Keys.Order(), folders.Order());
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_nothing_beyond_its_arrows(string room)
    {
        var beyond = ReferencesOf(ProjectOf(room)).Except(Arrows[room]);

        Assert.Empty(beyond);
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Packages_of_a_room_cannot_be_named_in_another(string room)
    {
        var leaking = XDocument.Load(ProjectOf(room)).Descendants("PackageReference")
            .Where(package => package.Attribute("PrivateAssets")?.Value.Contains("compile", StringComparison.Ordinal) != true
                && package.Attribute("PrivateAssets")?.Value != "all")
            .Select(package => package.Attribute("Include")?.Value);

        Assert.Empty(leaking);
    }

    [Theory]
    [InlineData("TorchSharp", "VMUNet.Model")]
    [InlineData("Microsoft.EntityFrameworkCore", "VMUNet.Data")]
    [InlineData("SkiaSharp", "VMUNet.Imaging")]
    public void Some_packages_have_one_home(string package, string home)
    {
        var homes = Arrows.Keys.Where(room => XDocument.Load(ProjectOf(room)).Descendants("PackageReference")
            .Any(reference => reference.Attribute("Include")?.Value == package));

        Assert.Equal([home], homes);
    }

    [Fact]
    public void No_source_file_names_the_namespace_of_the_toolkit_package()
    {
        var naming = Directory.GetFiles(Path.Combine(RepoPaths.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)
                && Regex.IsMatch(File.ReadAllText(file), @"^\s*(using|namespace)\s+FellowOakDicom", RegexOptions.Multiline));

        Assert.Empty(naming);
    }

    private static string ProjectOf(string room) => Path.Combine(RepoPaths.Root, "src", room, room + ".csproj");

    private static IEnumerable<string> ReferencesOf(string project)
    {
        var document = XDocument.Load(project);
        var direct = document.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        var byProps = document.Descendants("Import")
            .Where(import => import.Attribute("Project")!.Value.EndsWith("DicomToolkit.props", StringComparison.Ordinal))
            .Select(_ => Toolkit);
        return direct.Concat(byProps);
    }
}
