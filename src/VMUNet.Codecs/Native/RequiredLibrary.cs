namespace VMUNet.Codecs.Native;

/// <summary>A shared library: the name its users ask for, the least version, and the Debian package that brings
/// it.</summary>
internal sealed record RequiredLibrary(string FileName, Version Least, string Package);
