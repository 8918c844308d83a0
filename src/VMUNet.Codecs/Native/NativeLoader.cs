using System.Reflection;
using System.Runtime.InteropServices;

namespace VMUNet.Codecs.Native;

/// <summary>Loads the libraries from where they were found; in the worker process only.</summary>
internal static class NativeLoader
{
    public static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        foreach (var library in (RequiredLibrary[])[NativeLibraries.CharLs, NativeLibraries.OpenJpeg])
        {
            if (library.FileName == name && NativeLibraries.OfHost.Find(library) is { } path)
            {
                return NativeLibrary.Load(path);
            }
        }

        return 0; // the usual search
    }
}
