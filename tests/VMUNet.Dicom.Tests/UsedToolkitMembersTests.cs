using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using VMUNet.Testing;

namespace VMUNet.Dicom.Tests;

/// <summary>
/// What the built application calls of the DICOM toolkit must stand on the committed list of fo-dicom 5 members, else
/// it
/// would no longer compile against that package.
/// </summary>
public sealed class UsedToolkitMembersTests
{
    private static readonly string[] Toolkits = ["VMUNet.DicomToolkit", "FellowOakDicom"];

    [Fact]
    public void The_application_uses_only_members_on_the_list()
    {
        var lines = File.ReadAllLines(Path.Combine(
            RepoPaths.Root, "tests/VMUNet.DicomToolkit.Tests/used-signatures.txt"));
        var listed = lines.Where(l => l.Length > 0 && l[0] != '#').Select(NameIn).ToHashSet(StringComparer.Ordinal);

        var used = UsedMembers(typeof(SeriesReader).Assembly.Location).ToHashSet(StringComparer.Ordinal);

        Assert.True(used.Count > 40, $"only {used.Count} members are used");
        Assert.Empty(used.Except(listed).Order());
    }

    /// <summary>TYPE.MEMBER of a line, whatever its result and parameters; types and dictionary fields too.</summary>
    private static string NameIn(string line)
    {
        if (line.Contains('|', StringComparison.Ordinal))
        {
            return line[(line.IndexOf('|', StringComparison.Ordinal) + 1)..].Split('<')[0];
        }

        var owner = line[..line.IndexOf('.', StringComparison.Ordinal)];
        var member = line[(owner.Length + 1)..].Split('(')[0].Split('{')[0].Replace(" static", "",
            StringComparison.Ordinal);
        return $"{owner.Split('<')[0]}.{member.TrimEnd().Split(' ')[^1].Split('<')[0]}";
    }

    private static IEnumerable<string> UsedMembers(string assembly)
    {
        using var file = File.OpenRead(assembly);
        using var reader = new PEReader(file);
        var metadata = reader.GetMetadataReader();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            var name = metadata.GetString(member.Name);
            if (OwnerOf(metadata, member.Parent) is { } owner && owner is not "DicomTag" and not "DicomUID")
            {
                yield return name.StartsWith("op_", StringComparison.Ordinal) ? owner
                    : $"{owner}.{Plain(name)}";
            }
        }
    }

    private static string Plain(string name) => name == ".ctor" ? "ctor"
        : name.StartsWith("get_", StringComparison.Ordinal) || name.StartsWith("set_", StringComparison.Ordinal)
            ? name[4..] : name;

    private static string? OwnerOf(MetadataReader metadata, EntityHandle parent)
    {
        if (parent.Kind != HandleKind.TypeReference)
        {
            return null;
        }

        var type = metadata.GetTypeReference((TypeReferenceHandle)parent);
        var space = metadata.GetString(type.Namespace);
        return Toolkits.Any(t => space.StartsWith(t, StringComparison.Ordinal))
            ? metadata.GetString(type.Name).Split('`')[0] : null;
    }
}
