#pragma warning disable IDE0005 // the build task's compiler has no implicit usings, a project that includes this may
using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
#pragma warning restore IDE0005

namespace VMUNet.Build;

/// <summary>
/// Lets libLibTorchSharp.so of TorchSharp 0.107.0 load on hosts whose libstdc++ is older than that of GCC 13. The file
/// needs GLIBCXX_3.4.32 for exactly one symbol, an initialiser without arguments; the constructor that older programs
/// call for the same purpose takes its place. The changed file works on new and old hosts.
/// </summary>
public static class TorchNativeElf
{
    private const string NewVersion = "GLIBCXX_3.4.32";
    private const string OldVersion = "GLIBCXX_3.4";
    private const string NewSymbol = "_ZSt21ios_base_library_initv";
    private const string OldSymbol = "_ZNSt8ios_base4InitC1Ev";

    private const int ElfHeaderBytes = 0x40;
    private const int SectionHeaderBytes = 0x40;
    private const int SymbolBytes = 24;
    private const uint DynamicSymbols = 11;          // SHT_DYNSYM
    private const uint VersionNeeds = 0x6FFFFFFE;    // SHT_GNU_verneed
    private const uint VersionOfSymbols = 0x6FFFFFFF; // SHT_GNU_versym
    private const ushort WeakFlag = 2;               // VER_FLG_WEAK

    /// <summary>Changes <paramref name="file"/> (a 64-bit little-endian ELF library) in memory.</summary>
    /// <returns>True if it was changed; false if it was changed before.</returns>
    /// <exception cref="InvalidDataException">The file is another one than expected: nothing was changed.</exception>
    public static bool Patch(byte[] file)
    {
        if (file.Length < ElfHeaderBytes || file[0] != 0x7F || file[1] != 'E' || file[2] != 'L' || file[3] != 'F'
            || file[4] != 2 || file[5] != 1)
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        Section symbols = FindSection(file, DynamicSymbols);
        Section names = SectionAt(file, symbols.Link);
        Section versions = FindSection(file, VersionOfSymbols);
        Section needs = FindSection(file, VersionNeeds);

        Dictionary<string, VersionNeed> needed = ReadNeeds(file, needs, names);
        if (!needed.TryGetValue(NewVersion, out VersionNeed fresh)
            || !needed.TryGetValue(OldVersion, out VersionNeed old))
        {
            throw new InvalidDataException($"it does not need both {NewVersion} and {OldVersion}");
        }

        List<int> users = SymbolsOfVersion(file, symbols, versions, fresh.Index);
        if (users.Count == 0 && (ReadUInt16(file, fresh.Offset + 4) & WeakFlag) != 0)
        {
            return false;
        }

        if (users.Count != 1)
        {
            throw new InvalidDataException($"{users.Count} symbols need {NewVersion}, expected exactly one");
        }

        int nameAt = checked(names.Offset + (int)ReadUInt32(file, symbols.Offset + SymbolBytes * users[0]));
        string name = ReadText(file, nameAt);
        if (name != NewSymbol)
        {
            throw new InvalidDataException($"the symbol that needs {NewVersion} is {name}, expected {NewSymbol}");
        }

        byte[] replacement = Encoding.ASCII.GetBytes(OldSymbol + "\0");
        replacement.CopyTo(file, nameAt);
        WriteUInt16(file, versions.Offset + 2 * users[0], old.Index);
        WriteUInt16(file, fresh.Offset + 4, WeakFlag);
        return true;
    }

    private static List<int> SymbolsOfVersion(byte[] file, Section symbols, Section versions, ushort version)
    {
        var found = new List<int>();
        for (int i = 0; i < symbols.Size / SymbolBytes; i++)
        {
            if ((ReadUInt16(file, versions.Offset + 2 * i) & 0x7FFF) == version)
            {
                found.Add(i);
            }
        }

        return found;
    }

    private static Dictionary<string, VersionNeed> ReadNeeds(byte[] file, Section needs, Section names)
    {
        var found = new Dictionary<string, VersionNeed>(StringComparer.Ordinal);
        int library = needs.Offset;
        while (true)
        {
            int count = ReadUInt16(file, library + 2);
            int entry = checked(library + (int)ReadUInt32(file, library + 8));
            for (int i = 0; i < count; i++)
            {
                string name = ReadText(file, checked(names.Offset + (int)ReadUInt32(file, entry + 8)));
                found[name] = new VersionNeed { Offset = entry, Index = ReadUInt16(file, entry + 6) };
                entry = checked(entry + (int)ReadUInt32(file, entry + 12));
            }

            uint next = ReadUInt32(file, library + 12);
            if (next == 0)
            {
                return found;
            }

            library = checked(library + (int)next);
        }
    }

    private static Section FindSection(byte[] file, uint type)
    {
        int count = ReadUInt16(file, 0x3C);
        for (int i = 0; i < count; i++)
        {
            Section section = SectionAt(file, i);
            if (section.Type == type)
            {
                return section;
            }
        }

        throw new InvalidDataException($"no section of type 0x{type:X}");
    }

    private static Section SectionAt(byte[] file, int index)
    {
        int at = checked((int)ReadUInt64(file, 0x28) + SectionHeaderBytes * index);
        return new Section
        {
            Type = ReadUInt32(file, at + 4),
            Offset = checked((int)ReadUInt64(file, at + 0x18)),
            Size = checked((int)ReadUInt64(file, at + 0x20)),
            Link = checked((int)ReadUInt32(file, at + 0x28)),
        };
    }

    private static int Checked(byte[] file, int offset, int length) =>
        offset >= 0 && offset <= file.Length - length
            ? offset
            : throw new InvalidDataException($"an offset of {offset} points outside the file");

    // BitConverter: the build task is compiled for netstandard2.0, and runs on little-endian hosts only (linux-x64).
    private static ushort ReadUInt16(byte[] file, int offset) => BitConverter.ToUInt16(file, Checked(file, offset, 2));

    private static uint ReadUInt32(byte[] file, int offset) => BitConverter.ToUInt32(file, Checked(file, offset, 4));

    private static ulong ReadUInt64(byte[] file, int offset) => BitConverter.ToUInt64(file, Checked(file, offset, 8));

    private static void WriteUInt16(byte[] file, int offset, ushort value) =>
        BitConverter.GetBytes(value).CopyTo(file, Checked(file, offset, 2));

    private static string ReadText(byte[] file, int offset)
    {
        int end = Array.IndexOf(file, (byte)0, Checked(file, offset, 1));
        return Encoding.ASCII.GetString(file, offset, (end < 0 ? file.Length : end) - offset);
    }

    private struct Section
    {
        public uint Type;
        public int Offset;
        public int Size;
        public int Link;
    }

    private struct VersionNeed
    {
        public int Offset;
        public ushort Index;
    }
}

#if !WITHOUT_BUILD_TASK
/// <summary>The build step: reads <see cref="Source"/>, writes the changed copy to <see cref="Destination"/>.</summary>
public sealed class PatchTorchNative : Microsoft.Build.Utilities.Task
{
    /// <summary>The library as the package brings it; never written.</summary>
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; } = "";

    /// <summary>Where the changed copy goes.</summary>
    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; } = "";

    /// <inheritdoc/>
    public override bool Execute()
    {
        byte[] file = File.ReadAllBytes(Source);
        try
        {
            TorchNativeElf.Patch(file);
        }
        catch (Exception e) when (e is InvalidDataException || e is OverflowException)
        {
            Log.LogError("{0} is not the file of TorchSharp 0.107.0 that this build knows: {1}.", Source, e.Message);
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination));
        string temporary = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, file);
        File.Delete(Destination);
        File.Move(temporary, Destination);
        return true;
    }
}
#endif
