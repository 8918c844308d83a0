using System.Reflection;

namespace VMUNet.DicomToolkit.Tests;

/// <summary>
/// The members of fo-dicom 5.1.3 that application code uses, one a line in used-signatures.txt, must be here with the
/// same
/// signature: then the same application source compiles against the package.
/// </summary>
public sealed class InterfaceTests
{
    private static readonly BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void Every_used_signature_is_here()
    {
        var here = typeof(DicomFile).Assembly.GetExportedTypes().SelectMany(Signatures).ToHashSet();
        var used = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "used-signatures.txt"))
            .Where(l => l.Length > 0 && l[0] != '#').ToArray();

        Assert.True(used.Length > 200, $"only {used.Length} signatures are listed");
        var missing = used.Except(here).ToArray();
        Assert.Empty(missing);
    }

    [Fact]
    public void No_type_claims_to_be_the_package()
    {
        var assembly = typeof(DicomFile).Assembly;

        Assert.Equal("VMUNet.DicomToolkit", assembly.GetName().Name);
        Assert.All(assembly.GetTypes().Where(t => t.Namespace is not null && t.IsPublic),
            t => Assert.StartsWith("VMUNet.DicomToolkit", t.Namespace, StringComparison.Ordinal));
    }

    internal static IEnumerable<string> Signatures(Type type)
    {
        var owner = Name(type);
        yield return $"{type.Namespace!["VMUNet.DicomToolkit".Length..].TrimStart('.')}|{owner}";
        foreach (var member in type.GetMembers(Declared))
        {
            var text = member switch
            {
                ConstructorInfo c => $"ctor({Parameters(c)})",
                MethodInfo { IsSpecialName: true } => "",
                MethodInfo m => $"{Name(m.ReturnType)} {m.Name}{Generic(m)}({Parameters(m)}){Static(m.IsStatic)}",
                PropertyInfo p when p.GetIndexParameters().Length == 0 =>
                    $"{Name(p.PropertyType)} {p.Name} {{{(p.GetMethod?.IsPublic == true ? " get" : "")}" +
                    $"{(p.SetMethod?.IsPublic == true ? " set" : "")} }}" +
                    $"{Static((p.GetMethod ?? p.SetMethod)!.IsStatic)}",
                FieldInfo { IsSpecialName: false } f => $"{Name(f.FieldType)} {f.Name}{Static(f.IsStatic)}",
                _ => "",
            };
            if (text.Length > 0)
            {
                yield return $"{owner}.{text}";
            }
        }
    }

    private static string Static(bool isStatic) => isStatic ? " static" : "";

    private static string Generic(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(p => (p.IsOut ? "out " : "") + Name(p.ParameterType)));

    private static string Name(Type type) => type.IsByRef ? Name(type.GetElementType()!)
        : type.IsArray ? Name(type.GetElementType()!) + "[]"
        : type.IsGenericType
            ? type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]
                + $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
            : type.Name;
}
